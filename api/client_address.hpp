#pragma once

#include "schemas/base/result.hpp"

#include <boost/asio/ip/address.hpp>

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// Which machine asks, when proxies may stand between.
namespace laurel::api {

using ip_address = boost::asio::ip::address;

/// A range of addresses, such as 10.0.0.0/8 or 2001:db8::/32; one address is a range too.
class address_range {
public:
  /// `bad_setting` if `text` is none.
  [[nodiscard]] static schemas::result<address_range> parse(std::string_view text);
  bool contains(const ip_address& one) const;

private:
  ip_address base_;
  unsigned bits_ = 0;
};

inline constexpr std::size_t forwarded_hops_max = 10;
inline constexpr std::size_t forwarded_bytes_max = 512;

/// The client: the peer, unless the peer is a trusted proxy. Then the right-most address of
/// X-Forwarded-For (all of its fields, in order) that is not trusted. What cannot be read ends the
/// walk at the last address that was good.
ip_address client_of(const ip_address& peer, const std::vector<std::string_view>& forwarded_for,
                     std::span<const address_range> trusted);

/// What limits know an address by: itself, or the /64 of an IPv6 address, since one customer has
/// all of that.
std::string limit_key(const ip_address& client);

} // namespace laurel::api
