#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// Requests and responses as handlers see them. No type of an HTTP library appears here, so the
/// same routes serve the control socket and every other listener.
namespace laurel::api {

/// The methods a route may declare; anything else never reaches the router.
enum class method : std::uint8_t { get, head, post, put, patch, del, options };

std::optional<method> parse_method(std::string_view text);
std::string_view name_of(method verb);

inline constexpr std::string_view json_type = "application/json";
inline constexpr std::string_view ndjson_type = "application/x-ndjson";
inline constexpr std::string_view problem_type = "application/problem+json";

/// Names and values in the order they came; names of headers are lower-case.
using fields = std::vector<std::pair<std::string, std::string>>;

/// The first value of `name`, if there is one.
std::optional<std::string_view> value_of(const fields& list, std::string_view name);

struct principal;
class event_stream;

/// One request, whole: framing, limits and authentication are behind it.
struct request {
  method verb = method::get;
  std::string path; // As sent, still percent-encoded, without the query.
  fields query;     // Decoded.
  fields headers;
  std::string body;

  std::string id = {};                       // X-Request-Id; empty on the control socket.
  std::string traceparent = {};              // W3C trace context, checked; empty if none came.
  std::shared_ptr<const principal> who = {}; // Null on the control socket, whose owner may all.
};

struct response {
  int status = 200;
  std::string content_type{json_type};
  std::string body;
  fields headers;
  std::shared_ptr<event_stream> stream = {}; // In place of a body: what is told as it happens.
};

/// Splits "path?query" of a request line into `into`. False if the target is not origin-form, holds
/// anything but visible ASCII, or an escape of the query is broken.
bool parse_target(std::string_view target, request& into);

/// Decodes one path segment or query value exactly once; nothing if an escape is broken.
std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space = false);

/// Encodes everything but the unreserved characters of RFC 3986.
std::string percent_encode(std::string_view text);

} // namespace laurel::api
