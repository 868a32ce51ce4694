#pragma once

#include "api/access.hpp"
#include "api/edge_settings.hpp"
#include "api/rate_limiter.hpp"
#include "api/router.hpp"

#include <memory>
#include <optional>
#include <string>

namespace laurel::api {

/// The head of a request as it came in.
struct knock {
  std::optional<method> verb; // Nothing: a method that nobody here knows.
  const request* what = nullptr;
  ip_address peer;
  bool is_tls = false;
  std::int64_t now_ms = 0; // Wall clock: keys expire by it.
};

/// What the gate says: a refusal, or a row and who asks.
struct admission {
  std::optional<response> refusal;
  const route* row = nullptr;
  path_values values;
  std::shared_ptr<const principal> who;
  std::string caller;    // What limits know the caller by.
  bool is_https = false; // All the way to the client.
  fields headers;        // For the answer, whatever it is: CORS, RateLimit.
};

/// Decides on the head alone, before a byte of the body is read: address, origin, key, scope, rate.
/// What no row allows is refused. Used by the listener's own thread; never blocks.
class gate {
public:
  /// `keys` may be null where every route is open; it outlives the gate.
  gate(std::shared_ptr<const router> routes, gate_settings settings, const key_checker* keys);

  admission examine(const knock& from);

private:
  void allow_origin(const knock& from, admission& out) const;
  bool answer_options(const knock& from, admission& out) const;
  bool authenticate(const knock& from, admission& out);
  void authorize(const knock& from, admission& out);
  bool take(std::string caller, std::uint32_t cost, std::uint32_t per_minute, std::int64_t now_ms,
            admission& out);

  std::shared_ptr<const router> routes_;
  gate_settings settings_;
  const key_checker* keys_;
  std::shared_ptr<const principal> anonymous_;
  rate_limiter limiter_;
};

/// The secret that a request presents: X-API-Key, or Authorization: Bearer. Nothing if there is
/// none; empty text if there are two or a scheme that is not ours, which fits no key.
std::optional<std::string_view> presented_key(const fields& headers);

/// Why `settings` may not be bound; empty if they may. An address that others can reach needs TLS
/// and keys; a key may only be left out on loopback, in development.
std::string bind_fault(const edge_settings& settings, bool has_keys, bool is_development);

} // namespace laurel::api
