#pragma once

#include "api/gateway.hpp"
#include "api/http.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace laurel::api {

inline constexpr std::string_view cloud_event_type = "application/cloudevents+json";
inline constexpr std::string_view cloud_batch_type = "application/cloudevents-batch+json";

/// The events of a body, one text each, by its Content-Type: JSON (one or an array), NDJSON, a
/// CloudEvent or a batch of them. Fails with the answer to give: 415, 400 or 413.
[[nodiscard]] tl::expected<std::vector<std::string>, response> events_of(const request& what);

/// Takes the events of a body in and answers when the good ones are durable: 200 with the faults of
/// the others by line, 422 if none was good, 503 with Retry-After if the log takes none now.
response take_events(gateway& pipeline, const request& what);

/// Cuts text into lines; "\r\n" ends one too.
std::vector<std::string> lines_of(std::string_view body);

} // namespace laurel::api
