#include "api/client_address.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>

namespace laurel::api {

namespace {

constexpr unsigned v4_bits = 32;
constexpr unsigned v6_bits = 128;
constexpr std::size_t v6_network_bytes = 8;

/// IPv4 in IPv6 is the same machine as IPv4.
ip_address plain(const ip_address& one) {
  if (one.is_v6() && one.to_v6().is_v4_mapped())
    return boost::asio::ip::make_address_v4(boost::asio::ip::v4_mapped, one.to_v6());
  return one;
}

std::vector<std::uint8_t> bytes_of(const ip_address& one) {
  if (one.is_v4()) {
    const auto bytes = one.to_v4().to_bytes();
    return {bytes.begin(), bytes.end()};
  }
  const auto bytes = one.to_v6().to_bytes();
  return {bytes.begin(), bytes.end()};
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view blanks = " \t";
  const auto first = text.find_first_not_of(blanks);
  if (first == text.npos)
    return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

std::optional<ip_address> address_in(std::string_view text) {
  boost::system::error_code fault;
  const auto made = boost::asio::ip::make_address(std::string(trimmed(text)), fault);
  return fault ? std::nullopt : std::optional(plain(made));
}

} // namespace

schemas::result<address_range> address_range::parse(std::string_view text) {
  const auto slash = text.find('/');
  const auto base = address_in(text.substr(0, slash));
  address_range made;
  if (base) {
    made.base_ = *base;
    const auto bits_max = base->is_v4() ? v4_bits : v6_bits;
    made.bits_ = bits_max;
    if (slash == text.npos)
      return made;
    const auto tail = text.substr(slash + 1);
    const auto [end, bad] = std::from_chars(tail.data(), tail.data() + tail.size(), made.bits_);
    if (bad == std::errc{} && end == tail.data() + tail.size() && made.bits_ <= bits_max)
      return made;
  }
  return schemas::failure(schemas::errc::bad_setting,
                          "\"" + std::string(text) + "\" is no range such as 10.0.0.0/8");
}

bool address_range::contains(const ip_address& one) const {
  const auto other = plain(one);
  if (other.is_v4() != base_.is_v4())
    return false;
  const auto left = bytes_of(base_);
  const auto right = bytes_of(other);
  unsigned rest = bits_;
  for (std::size_t i = 0; rest > 0; ++i) {
    const auto here = std::min(rest, 8U);
    const auto mask = static_cast<std::uint8_t>(0xffU << (8U - here));
    if (((left[i] ^ right[i]) & mask) != 0)
      return false;
    rest -= here;
  }
  return true;
}

ip_address client_of(const ip_address& peer, const std::vector<std::string_view>& forwarded_for,
                     std::span<const address_range> trusted) {
  const auto is_trusted = [&](const ip_address& one) {
    return std::ranges::any_of(trusted, [&](const auto& range) { return range.contains(one); });
  };
  auto client = plain(peer);
  std::string joined;
  for (const auto part : forwarded_for)
    joined += (joined.empty() ? "" : ",") + std::string(part);
  if (joined.empty() || joined.size() > forwarded_bytes_max)
    return client;
  std::string_view rest = joined;
  for (std::size_t hop = 0; hop < forwarded_hops_max && is_trusted(client); ++hop) {
    const auto comma = rest.rfind(',');
    const auto next = address_in(comma == rest.npos ? rest : rest.substr(comma + 1));
    if (!next)
      break;
    client = *next;
    if (comma == rest.npos)
      break;
    rest = rest.substr(0, comma);
  }
  return client;
}

std::string limit_key(const ip_address& client) {
  auto bytes = bytes_of(plain(client));
  if (bytes.size() > v6_network_bytes)
    bytes.resize(v6_network_bytes);
  return {bytes.begin(), bytes.end()};
}

} // namespace laurel::api
