#pragma once

#include "api/gateway.hpp"
#include "api/router.hpp"

#include <vector>

namespace laurel::api {

// Limits of what one request may carry.
inline constexpr std::size_t no_body_bytes_max = 0;
inline constexpr std::size_t rule_bytes_max = 256UL * 1024;
inline constexpr std::size_t events_bytes_max = 5UL * 1024 * 1024;
inline constexpr std::size_t lines_per_request_max = 10'000;

/// The routes below /api/v1, asking `pipeline`, which outlives them.
///
///   GET    /api/v1/users/{user}   badges and progress; `GET /api/v1/users?id=` takes any id
///   GET    /api/v1/status         tasks, offsets, lag, commits, counters
///   GET    /api/v1/rules          all rules: id, version, state, document
///   GET    /api/v1/rules/{rule}   one of them
///   POST   /api/v1/rules          publishes the document in the body; 422 lists its faults
///   DELETE /api/v1/rules/{rule}   retires it
///   POST   /api/v1/events         NDJSON; answers per line, acknowledged when durable
std::vector<route> v1_routes(gateway& pipeline);

} // namespace laurel::api
