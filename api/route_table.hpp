#pragma once

#include "api/access.hpp"
#include "api/router.hpp"
#include "schemas/base/result.hpp"

#include <map>
#include <span>
#include <string_view>
#include <vector>

/// The one table of all routes: what a listener enforces and what /openapi.json tells.
namespace laurel::api {

// Limits of what one request may carry.
inline constexpr std::size_t no_body_bytes_max = 0;
inline constexpr std::size_t small_body_bytes_max = 64UL * 1024;
inline constexpr std::size_t rule_bytes_max = 256UL * 1024;
inline constexpr std::size_t catalogue_body_bytes_max = 1024UL * 1024;
inline constexpr std::size_t events_bytes_max = 5UL * 1024 * 1024;
inline constexpr std::size_t lines_per_request_max = 10'000;

/// Where a route is served: at the network, on the control socket, or at both.
enum class surface : std::uint8_t { edge = 1, control = 2, both = 3, metrics = 4 };

/// Who may come at all.
enum class entry : std::uint8_t {
  open,  // Anybody.
  key,   // Who presents an API key; the scope is looked at next.
  token, // Who presents a token that the handler itself checks.
};

/// Which threads may be kept waiting by the handler, and so what a slow log can hold up.
enum class work : std::uint8_t {
  read,   // Looks at memory or a disk.
  append, // Waits for the log.
};

struct query_parameter {
  std::string_view name;
  std::string_view type; // "string", "integer", "boolean" or "array" (of strings).
  std::string_view help;
  bool is_required = false;
};

/// One row. The name of the operation joins it to its handler.
struct route_row {
  std::string_view operation;
  method verb = method::get;
  std::string_view pattern;
  surface where = surface::edge;
  entry who = entry::key;
  scope needs = scope::read_badges; // With a key.
  std::uint32_t cost = 1;           // Requests it counts for; 0: not counted (probes).
  std::size_t body_bytes_max = no_body_bytes_max;
  work kind = work::read;
  bool is_cacheable = false;   // May be kept, if it is asked each time whether it is still true.
  std::string_view takes = {}; // Schema of the body, by its name in openapi.cpp.
  std::string_view gives = {}; // Schema of the answer.
  std::string_view summary = {};
  std::span<const query_parameter> query = {};
};

std::span<const route_row> route_table();

using handlers = std::map<std::string_view, handler>;

/// The routes of `where`, each row with the handler of its name. Fails with `bad_setting` if a row
/// has no handler or a handler no row: then nothing is to be served at all.
[[nodiscard]] schemas::result<std::vector<route>> join_routes(std::span<const route_row> table,
                                                              surface where, const handlers& with);

} // namespace laurel::api
