#pragma once

#include "schemas/base/result.hpp"

#include <compare>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

namespace laurel::schemas {

/// A moment in event time: milliseconds since 1970-01-01T00:00:00Z, negative before it. There is
/// no clock behind it; the wall clock is an argument where it is needed at all.
struct event_time {
  std::int64_t ms = 0;

  friend constexpr auto operator<=>(event_time, event_time) = default;

  /// Earlier than every event.
  static constexpr event_time lowest() { return {std::numeric_limits<std::int64_t>::min()}; }
};

/// The span that RFC 3339 can write: 0001-01-01T00:00:00.000Z to 9999-12-31T23:59:59.999Z.
inline constexpr event_time event_time_min{-62'135'596'800'000};
inline constexpr event_time event_time_max{253'402'300'799'999};

/// Parses RFC 3339, section 5.6 ("2026-01-05T08:15:00+08:00"). Fractions beyond milliseconds are
/// cut. Fails with `bad_input` on anything else, leap seconds (":60") count as the next second.
result<event_time> parse_rfc3339(std::string_view text);

/// Writes "2026-01-05T00:15:00.000Z": UTC, always with milliseconds, so that text order is time
/// order.
std::string to_rfc3339(event_time at);

} // namespace laurel::schemas
