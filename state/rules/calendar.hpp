#pragma once

#include "schemas/base/result.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace laurel::state::rules {

inline constexpr std::int64_t ms_per_day = 86'400'000;

enum class calendar_unit : std::uint8_t { day, week, month, quarter, year };

/// A day, counted from 1970-01-01 of some local calendar.
using day_number = std::int32_t;

/// The offsets of an IANA zone from UTC over the years that events come from, ready to be searched
/// without touching the time zone database. Immutable, so any thread may use it.
class zone_table {
public:
  /// The table of `name`, shared by everyone who asks for it; null if there is no such zone. The
  /// database is read the first time a zone is named, which takes a lock.
  static std::shared_ptr<const zone_table> of(const std::string& name);

  /// Seconds east of UTC at `ms`.
  std::int32_t offset_s(std::int64_t ms) const;

  /// The first moment at which clocks there read `local_ms` (milliseconds since 1970-01-01T00:00
  /// on the wall) or later: where the wall skips that time, the end of the gap.
  std::int64_t first_moment(std::int64_t local_ms) const;

private:
  struct span {
    std::int64_t from_ms = 0;
    std::int32_t offset_s = 0;
  };
  explicit zone_table(std::vector<span> spans) : spans_(std::move(spans)) {}
  std::vector<span> spans_; // By time; the first begins before every event.
};

/// The local day of `ms` where clocks are `offset_s` ahead of UTC and a day begins at
/// `day_start_ms` after midnight.
day_number local_day(std::int64_t ms, std::int32_t offset_s, std::int64_t day_start_ms);

/// The number of the calendar unit that holds `day`. Weeks begin on Monday.
std::int32_t period_of(day_number day, calendar_unit unit);

/// The first day after the unit that holds `day`.
day_number period_end(day_number day, calendar_unit unit);

/// The first day of the unit of this number.
day_number period_begin(std::int32_t period, calendar_unit unit);

/// "2026-01-05"; 1 (Monday) to 7; 1 to 12.
std::string date_text(day_number day);
int day_of_week(day_number day);
int month_of(day_number day);

} // namespace laurel::state::rules
