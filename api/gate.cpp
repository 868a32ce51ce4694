#include "api/gate.hpp"

#include "api/problem.hpp"
#include "api/route_table.hpp"

#include <boost/asio/ip/address.hpp>

#include <algorithm>
#include <utility>

namespace laurel::api {

namespace {

constexpr std::string_view preflight_age_s = "600";
constexpr std::string_view allowed_request_headers =
  "authorization, content-type, idempotency-key, if-match, if-none-match, last-event-id, "
  "laurel-min-position, laurel-stale, traceparent, x-api-key, x-request-id";
constexpr std::string_view exposed_headers =
  "etag, laurel-position, ratelimit-limit, ratelimit-remaining, ratelimit-reset, retry-after, "
  "x-request-id";

constexpr std::int64_t ms_per_s = 1'000;

std::string seconds_up(std::int64_t ms) {
  return std::to_string((ms + ms_per_s - 1) / ms_per_s);
}

std::vector<std::string_view> all_of(const fields& headers, std::string_view name) {
  std::vector<std::string_view> values;
  for (const auto& [candidate, value] : headers)
    if (candidate == name)
      values.emplace_back(value);
  return values;
}

const std::string& path_of(const knock& from) {
  return from.what->path;
}

response unauthorized(bool presented) {
  auto answer = problem(
    401, "unauthorized",
    presented ? "The key is not known, disabled or expired, or there are two; `laurel keys list` "
                "shows those that there are."
              : "Send an API key as X-API-Key or Authorization: Bearer; `laurel keys create` makes "
                "one.");
  answer.headers.emplace_back("www-authenticate", "Bearer realm=\"laurel\"");
  return answer;
}

} // namespace

std::optional<std::string_view> presented_key(const fields& headers) {
  constexpr std::string_view bearer = "Bearer ";
  auto keys = all_of(headers, "x-api-key");
  for (const auto value : all_of(headers, "authorization"))
    keys.push_back(value.starts_with(bearer) ? value.substr(bearer.size()) : std::string_view{});
  if (keys.empty())
    return std::nullopt;
  return keys.size() == 1 ? keys.front() : std::string_view{};
}

std::string bind_fault(const edge_settings& settings, bool has_keys, bool is_development) {
  boost::system::error_code bad;
  const auto address = boost::asio::ip::make_address(settings.address, bad);
  if (bad)
    return "http.address \"" + settings.address + "\" is no IP address";
  if (settings.certificate.empty() != settings.key.empty())
    return "http.tls_certificate and http.tls_key belong together; set both or none";
  if (address.is_loopback())
    return has_keys || is_development
             ? ""
             : "http.port needs API keys: set BADGE_HTTP_PEPPER (or ..._FILE), or env = \"dev\"";
  if (!settings.is_tls())
    return "http.address " + settings.address
           + " can be reached by others, so it needs TLS: set http.tls_certificate and "
             "http.tls_key, or bind 127.0.0.1";
  if (!has_keys)
    return "http.address " + settings.address
           + " can be reached by others, so it needs API keys: set BADGE_HTTP_PEPPER (or ..._FILE)";
  return {};
}

gate::gate(std::shared_ptr<const router> routes, gate_settings settings, const key_checker* keys)
    : routes_(std::move(routes)),
      settings_(std::move(settings)),
      keys_(keys),
      limiter_(settings_.callers_max) {
  if (settings_.is_key_optional)
    anonymous_ = std::make_shared<const principal>(
      principal{.id = "anonymous", .scopes = scope_set::all(), .users = {}});
}

admission gate::examine(const knock& from) {
  admission out;
  const auto client =
    client_of(from.peer, all_of(from.what->headers, "x-forwarded-for"), settings_.trusted_proxies);
  out.caller = "ip:" + limit_key(client);
  const auto is_in = [&](const auto& ranges, const ip_address& one) {
    return std::ranges::any_of(ranges, [&](const auto& range) { return range.contains(one); });
  };
  out.is_https = from.is_tls
                 || (is_in(settings_.trusted_proxies, from.peer)
                     && value_of(from.what->headers, "x-forwarded-proto") == "https");
  if (is_in(settings_.denied, client)) {
    out.refusal = problem(403, "forbidden", "This address is not served.");
    return out;
  }
  allow_origin(from, out);
  if (!answer_options(from, out) && authenticate(from, out))
    authorize(from, out);
  return out;
}

/// Pages of these origins may read the answer; nobody is let in by it.
void gate::allow_origin(const knock& from, admission& out) const {
  if (settings_.origins.empty())
    return;
  out.headers.emplace_back("vary", "origin");
  const auto origin = value_of(from.what->headers, "origin");
  if (!origin || std::ranges::find(settings_.origins, *origin) == settings_.origins.end())
    return;
  out.headers.emplace_back("access-control-allow-origin", *origin);
  out.headers.emplace_back("access-control-expose-headers", exposed_headers);
}

/// OPTIONS of a path that is served needs no key: a browser sends none.
bool gate::answer_options(const knock& from, admission& out) const {
  if (from.verb != method::options)
    return false;
  auto found = routes_->find(method::options, path_of(from));
  if (found.allowed.empty())
    return false;
  found.allowed.push_back(method::options);
  const auto allowed = allow_header(found.allowed);
  response answer;
  answer.status = 204;
  answer.content_type.clear();
  answer.headers.emplace_back("allow", allowed);
  if (value_of(out.headers, "access-control-allow-origin")
      && value_of(from.what->headers, "access-control-request-method")) {
    answer.headers.emplace_back("access-control-allow-methods", allowed);
    answer.headers.emplace_back("access-control-allow-headers", allowed_request_headers);
    answer.headers.emplace_back("access-control-max-age", preflight_age_s);
  }
  out.refusal = std::move(answer);
  return true;
}

/// Takes from the caller's minute; false if there is nothing left.
bool gate::take(std::string caller, std::uint32_t cost, std::uint32_t per_minute,
                std::int64_t now_ms, admission& out) {
  out.caller = std::move(caller);
  if (cost == 0)
    return true;
  const auto got = limiter_.take(out.caller, cost, per_minute, now_ms);
  if (got.limit != 0) {
    out.headers.emplace_back("ratelimit-limit", std::to_string(got.limit));
    out.headers.emplace_back("ratelimit-remaining", std::to_string(got.remaining));
    out.headers.emplace_back("ratelimit-reset", seconds_up(got.reset_ms));
  }
  if (got.is_allowed)
    return true;
  out.refusal = problem(429, "too-many-requests",
                        "More than " + std::to_string(got.limit)
                          + " requests in a minute. Wait as long as Retry-After says.");
  out.refusal->headers.emplace_back("retry-after", seconds_up(got.wait_ms));
  return false;
}

/// Finds out who asks. An open route asks nobody, but counts the address all the same.
bool gate::authenticate(const knock& from, admission& out) {
  auto found = from.verb ? routes_->find(*from.verb, path_of(from)) : router::match{};
  const auto ip_limit = settings_.ip_requests_per_minute;
  if (found.row != nullptr && found.row->row != nullptr && found.row->row->who != entry::key) {
    out.row = found.row;
    out.values = std::move(found.values);
    take(out.caller, found.row->row->cost, ip_limit, from.now_ms, out);
    return false; // There is no key to authorize.
  }
  const auto secret = presented_key(from.what->headers);
  if (!secret && anonymous_ != nullptr) {
    out.who = anonymous_;
    return true;
  }
  if (keys_ != nullptr && !keys_->is_caught_up()) {
    out.refusal = problem(503, "try-again", "The API keys have not been read yet; try again.");
    return false;
  }
  if (secret && keys_ != nullptr)
    out.who = keys_->check(*secret, from.now_ms);
  if (out.who != nullptr)
    return true;
  if (take(out.caller, 1, ip_limit, from.now_ms, out))
    out.refusal = unauthorized(secret.has_value());
  return false;
}

void gate::authorize(const knock& from, admission& out) {
  const auto per_minute = out.who->requests_per_minute != 0 ? out.who->requests_per_minute
                                                            : settings_.key_requests_per_minute;
  auto found = routes_->find(from.verb.value_or(method::options), path_of(from));
  const auto* row = found.row != nullptr ? found.row->row : nullptr;
  if (!take("key:" + out.who->id, row != nullptr ? row->cost : 1, per_minute, from.now_ms, out))
    return;
  if (found.row == nullptr) {
    out.refusal = router::refuse(found, path_of(from));
    return;
  }
  if (row == nullptr || !out.who->scopes.has(row->needs)) {
    const auto needed = row != nullptr ? std::string(name_of(row->needs)) : std::string("nothing");
    out.refusal = problem(403, "forbidden", "The key does not have the scope " + needed + ".");
    return;
  }
  const auto user = found.values.find("user");
  if (user != found.values.end() && !out.who->may_see(user->second)) {
    out.refusal = problem(403, "forbidden", "The key is not for this user.");
    return;
  }
  out.row = found.row;
  out.values = std::move(found.values);
}

} // namespace laurel::api
