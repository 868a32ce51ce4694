#include "state/rules/calendar.hpp"

#include <date/date.h>
#include <date/tz.h>

#include <algorithm>
#include <chrono>
#include <exception>
#include <map>
#include <mutex>

namespace laurel::state::rules {

namespace {

// Offsets are tabulated for these years; before and after them the first and the last one hold.
constexpr int first_year = 1970;
constexpr int last_year = 2100;
constexpr std::int64_t ms_per_second = 1000;

date::sys_days year_begin(int year) {
  return date::sys_days{date::year{year} / 1 / 1};
}

constexpr int thursday_to_monday = 3; // 1970-01-01 was a Thursday.

std::int64_t floor_div(std::int64_t a, std::int64_t b) {
  return a / b - ((a % b != 0 && (a < 0) != (b < 0)) ? 1 : 0);
}

date::year_month_day civil(day_number day) {
  return date::year_month_day{date::sys_days{date::days{day}}};
}

} // namespace

std::shared_ptr<const zone_table> zone_table::of(const std::string& name) {
  // A memo of facts that never change while the process lives, so nobody can tell it from a pure
  // function. It cannot outgrow the time zone database: unknown names are not kept.
  static std::mutex guard;
  static std::map<std::string, std::shared_ptr<const zone_table>> known;
  const std::lock_guard lock(guard);
  if (const auto found = known.find(name); found != known.end())
    return found->second;
  try {
    const auto* zone = date::locate_zone(name);
    std::vector<span> spans;
    date::sys_seconds at = year_begin(first_year);
    while (at < year_begin(last_year)) {
      const auto info = zone->get_info(at);
      const auto offset = static_cast<std::int32_t>(info.offset.count());
      if (spans.empty() || spans.back().offset_s != offset)
        spans.push_back({at.time_since_epoch().count() * ms_per_second, offset});
      at = info.end;
    }
    std::shared_ptr<const zone_table> made(new zone_table(std::move(spans)));
    known.emplace(name, made);
    return made;
  } catch (const std::exception&) { // date throws for a name that it does not know
    return nullptr;
  }
}

std::int32_t zone_table::offset_s(std::int64_t ms) const {
  const auto after =
    std::upper_bound(spans_.begin(), spans_.end(), ms,
                     [](std::int64_t at, const span& one) { return at < one.from_ms; });
  return after == spans_.begin() ? spans_.front().offset_s : std::prev(after)->offset_s;
}

std::int64_t zone_table::first_moment(std::int64_t local_ms) const {
  // No zone is more than a day away from UTC, so the answer lies after this moment.
  const auto begin = local_ms - ms_per_day;
  auto next = std::upper_bound(spans_.begin(), spans_.end(), begin,
                               [](std::int64_t at, const span& one) { return at < one.from_ms; });
  auto from = begin;
  auto offset = offset_s(begin);
  while (true) {
    const auto moment = std::max(from, local_ms - offset * ms_per_second);
    if (next == spans_.end() || moment < next->from_ms)
      return moment;
    from = next->from_ms;
    offset = next->offset_s;
    ++next;
  }
}

day_number local_day(std::int64_t ms, std::int32_t offset_s, std::int64_t day_start_ms) {
  return static_cast<day_number>(
    floor_div(ms + offset_s * ms_per_second - day_start_ms, ms_per_day));
}

std::int32_t period_of(day_number day, calendar_unit unit) {
  if (unit == calendar_unit::day)
    return day;
  const auto date = civil(day);
  const auto year = static_cast<int>(date.year());
  const auto month = static_cast<int>(static_cast<unsigned>(date.month())) - 1;
  switch (unit) {
  case calendar_unit::day:
    return day;
  case calendar_unit::week:
    return static_cast<std::int32_t>(floor_div(day + thursday_to_monday, 7));
  case calendar_unit::month:
    return year * 12 + month;
  case calendar_unit::quarter:
    return year * 4 + month / 3;
  case calendar_unit::year:
    return year;
  }
  return day;
}

day_number period_end(day_number day, calendar_unit unit) {
  const auto date = civil(day);
  const auto first_of_month = date.year() / date.month() / 1;
  const auto number = [](const date::year_month_day& at) {
    return static_cast<day_number>(date::sys_days{at}.time_since_epoch().count());
  };
  const auto month = static_cast<int>(static_cast<unsigned>(date.month())) - 1;
  switch (unit) {
  case calendar_unit::day:
    return day + 1;
  case calendar_unit::week:
    return day + 8 - day_of_week(day);
  case calendar_unit::month:
    return number(first_of_month + date::months{1});
  case calendar_unit::quarter:
    return number(first_of_month + date::months{3 - month % 3});
  case calendar_unit::year:
    return number((date.year() + date::years{1}) / 1 / 1);
  }
  return day + 1;
}

day_number period_begin(std::int32_t period, calendar_unit unit) {
  const auto month_begin = [](std::int64_t months) {
    const auto year = floor_div(months, 12);
    const date::year_month_day first{date::year{static_cast<int>(year)},
                                     date::month{static_cast<unsigned>(months - year * 12 + 1)},
                                     date::day{1}};
    return static_cast<day_number>(date::sys_days{first}.time_since_epoch().count());
  };
  switch (unit) {
  case calendar_unit::day:
    return period;
  case calendar_unit::week:
    return period * 7 - thursday_to_monday;
  case calendar_unit::month:
    return month_begin(period);
  case calendar_unit::quarter:
    return month_begin(std::int64_t{period} * 3);
  case calendar_unit::year:
    return month_begin(std::int64_t{period} * 12);
  }
  return period;
}

std::string date_text(day_number day) {
  return date::format("%F", date::sys_days{date::days{day}});
}

int day_of_week(day_number day) {
  return static_cast<int>(date::weekday{date::sys_days{date::days{day}}}.iso_encoding());
}

int month_of(day_number day) {
  return static_cast<int>(static_cast<unsigned>(civil(day).month()));
}

} // namespace laurel::state::rules
