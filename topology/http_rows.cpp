#include "topology/http_rows.hpp"

#include "topology/config_rows.hpp"
#include "topology/config_values.hpp"

#include <utility>

namespace laurel::topology {

namespace {

using namespace rows;

#define MEMBER(path) \
  [](settings & s) -> auto& { \
    return s.http.path; \
  }

std::vector<api::address_range> ranges_of(const std::string& list) {
  std::vector<api::address_range> made;
  for (const auto& each : parse_list(list).value_or(std::vector<std::string>{}))
    if (auto range = api::address_range::parse(each))
      made.push_back(*range);
  return made;
}

template <class Member, class Check>
setting list(names called, Member member, Check check) {
  return make(
    std::move(called), "list", member,
    [](std::string_view in) -> result<std::string> {
      return in.empty() ? result<std::string>(std::string{}) : parse_list(in).map(list_text);
    },
    [check](const std::string& value) {
      for (const auto& each : parse_list(value).value_or(std::vector<std::string>{}))
        if (auto fault = check(each); !fault.empty())
          return fault;
      return std::string{};
    },
    [](const std::string& value) { return value; });
}

std::string range_fault(const std::string& text) {
  const auto range = api::address_range::parse(text);
  return range ? std::string{} : range.error().message;
}

/// As a browser writes it in Origin: no path, no slash at the end.
std::string origin_fault(const std::string& text) {
  const bool is_web = text.starts_with("https://") || text.starts_with("http://");
  const auto host = is_web ? text.substr(text.find("//") + 2) : "";
  return is_web && !host.empty() && host.find('/') == host.npos && host.find('*') == host.npos
           ? std::string{}
           : "\"" + text + "\" is no origin such as https://shop.example";
}

std::vector<setting> listener_rows() {
  return {
    integer({"http.port", "Where HTTP is served; 0: nowhere.", "--http-port", "BADGE_API_PORT"},
            MEMBER(port), 0, 65'535),
    text({"http.address", "The address it is bound to; beyond loopback it needs TLS and keys."},
         MEMBER(edge.address)),
    text(
      {"http.tls_certificate", "Our certificate and its chain (PEM); read again when it changes."},
      MEMBER(edge.certificate)),
    text({"http.tls_key", "The private key of it (PEM)."}, MEMBER(edge.key)),
    duration({"http.tls_check", "How often a new certificate is looked for."},
             MEMBER(edge.certificate_check), "1s", "1h"),
    list({"http.cors_origins", "Web pages that may ask, by origin.", {}, "BADGE_CORS_ORIGINS"},
         MEMBER(origins), origin_fault),
    list({"http.trusted_proxies",
          "Proxies whose X-Forwarded-For is believed, as ranges.",
          {},
          "BADGE_TRUSTED_PROXY_CIDRS"},
         MEMBER(trusted_proxies), range_fault),
    list({"http.denied", "Addresses that are not served, as ranges."}, MEMBER(denied), range_fault),
    secret({"http.pepper", "What API keys are hashed with; the same for all processes. An embedded "
                           "log makes its own."},
           MEMBER(pepper)),
    secret({"http.previous_pepper", "The one before, while keys are rotated."},
           MEMBER(previous_pepper)),
    boolean({"http.docs", "Show /openapi.json and /docs outside development too."}, MEMBER(docs)),
    duration({"http.position_wait", "How long a read waits for Laurel-Min-Position."},
             MEMBER(position_patience), "0s", "30s"),
    integer({"metrics.port",
             "Where /metrics is served when http.port is set; 0: nowhere.",
             {},
             "BADGE_METRICS_PORT"},
            MEMBER(metrics_port), 0, 65'535),
    text({"metrics.address", "The address it is bound to."}, MEMBER(metrics_address)),
    secret({"metrics.token", "What a reader of /metrics has to present as a bearer token."},
           MEMBER(metrics_token)),
  };
}

std::vector<setting> limit_rows() {
  return {
    integer({"http.connections_max", "Connections at once."}, MEMBER(edge.limits.connections_max),
            1, 1'000'000),
    integer({"http.connections_per_ip_max", "Connections of one address at once."},
            MEMBER(edge.limits.connections_per_ip_max), 1, 1'000'000),
    integer({"http.requests_per_connection_max", "Requests before a connection is ended."},
            MEMBER(edge.limits.requests_per_connection_max), 1, 1'000'000'000),
    integer({"http.in_flight_max", "Requests being answered at once."},
            MEMBER(edge.limits.in_flight_max), 1, 100'000),
    integer({"http.in_flight_per_caller_max", "The same, of one key or address."},
            MEMBER(edge.limits.in_flight_per_caller_max), 1, 100'000),
    integer({"http.key_requests_per_minute", "For a key without a limit of its own; 0: no limit."},
            MEMBER(edge.gate.key_requests_per_minute), 0, 100'000'000),
    integer({"http.ip_requests_per_minute", "For what has no key, or a wrong one; 0: no limit."},
            MEMBER(edge.gate.ip_requests_per_minute), 0, 100'000'000),
    integer({"http.callers_max", "Callers that limits remember."}, MEMBER(edge.gate.callers_max), 1,
            10'000'000),
    size({"http.head_bytes_max", "Request line and fields together."},
         MEMBER(edge.limits.head_bytes_max), "1KiB", "64KiB"),
    integer({"http.head_fields_max", "Fields of one head."}, MEMBER(edge.limits.head_fields_max), 1,
            1'000),
    size({"http.line_bytes_max", "The target, and each field."}, MEMBER(edge.limits.line_bytes_max),
         "256", "64KiB"),
    size({"http.body_bytes_total_max", "Bodies of all connections together."},
         MEMBER(edge.limits.body_bytes_total_max), "5MiB", "16GiB"),
    size({"http.body_rate_min", "Bytes a second that a body has to bring after its first timeout."},
         MEMBER(edge.limits.body_bytes_per_second_min), "1", "1GiB"),
    duration({"http.handshake_timeout", "For a TLS handshake."},
             MEMBER(edge.limits.handshake_timeout), "100ms", "1m"),
    duration({"http.head_timeout", "From the first byte of a request to the end of its head."},
             MEMBER(edge.limits.head_timeout), "100ms", "5m"),
    duration({"http.body_timeout", "What a body may take apart from its rate."},
             MEMBER(edge.limits.body_timeout), "100ms", "5m"),
    duration({"http.idle_timeout", "Between two requests of a connection."},
             MEMBER(edge.limits.idle_timeout), "100ms", "1h"),
    duration({"http.write_timeout", "For an answer, however slowly it is read."},
             MEMBER(edge.limits.write_timeout), "100ms", "5m"),
    duration({"http.drain_timeout", "How long a stop waits for requests under way."},
             MEMBER(edge.limits.drain_timeout), "0s", "5m"),
    integer({"http.streams_max", "Connections that watch a user, at once."},
            MEMBER(edge.limits.streams_max), 0, 100'000),
    integer({"http.streams_per_caller_max", "The same, of one key."},
            MEMBER(edge.limits.streams_per_caller_max), 0, 100'000),
    duration({"http.stream_interval", "Between two looks for news of a user who is watched."},
             MEMBER(edge.limits.stream_interval), "10ms", "1m"),
    duration({"http.stream_heartbeat", "The longest silence on a stream."},
             MEMBER(edge.limits.stream_heartbeat), "100ms", "5m"),
    integer({"http.read_threads", "Handlers that look things up, at once."},
            MEMBER(edge.limits.read_threads), 1, 256),
    integer({"http.append_threads", "Handlers that wait for the log, at once."},
            MEMBER(edge.limits.append_threads), 1, 256),
  };
}

#undef MEMBER

} // namespace

std::vector<setting> http_rows() {
  auto all = listener_rows();
  for (auto& row : limit_rows())
    all.push_back(std::move(row));
  return all;
}

api::edge_settings edge_of(const http_settings& from, bool is_development) {
  auto made = from.edge;
  made.port = from.port;
  made.gate.origins = parse_list(from.origins).value_or(std::vector<std::string>{});
  made.gate.trusted_proxies = ranges_of(from.trusted_proxies);
  made.gate.denied = ranges_of(from.denied);
  boost::system::error_code bad;
  const auto address = boost::asio::ip::make_address(made.address, bad);
  made.gate.is_key_optional = is_development && !bad && address.is_loopback();
  return made;
}

} // namespace laurel::topology
