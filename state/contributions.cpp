#include "state/contributions.hpp"

#include "state/instance_fold.hpp"
#include "state/judge.hpp"

#include <algorithm>
#include <limits>

namespace laurel::state {

namespace {

constexpr auto since_ever = std::numeric_limits<std::int64_t>::min();

/// No local day is farther from the same day of UTC, whatever the zone and the start of days.
constexpr auto local_slack_ms = 2 * rules::ms_per_day;

history_cut whole_of(const user_state& user) {
  history_cut out{};
  for (std::size_t i = 0; i < out.size(); ++i)
    out[i] = user.history.next_ordinal(static_cast<schemas::input>(i));
  return out;
}

} // namespace

contributions::contributions(user_state& user, rule_state& rule, instance& one, const instant& now)
    : user_(user),
      rule_(rule),
      one_(one),
      now_(now),
      everything_(whole_of(user)),
      past_(user, rule, one, everything_) {
  if (one.last_at == no_time)
    return; // Nothing has counted for it yet, whatever the history has.
  past_.for_each_standing(now.at, [this](const rules::fact& event, const remainder& left) {
    events_.push_back({&event, left.amount, day_at(*rule_.rule, event.at, event.offset_s)});
  });
  std::sort(events_.begin(), events_.end(), [](const standing& a, const standing& b) {
    return a.event->at != b.event->at ? a.event->at > b.event->at : a.event->id > b.event->id;
  });
}

contribution contributions::of(const standing& each, const rules::leaf& leaf) const {
  return contribution_of(*rule_.rule, leaf, rule_.rule->type_index(each.event->type), *each.event,
                         each.left);
}

/// The time from which on events count for a leaf's value of now; nothing if none do.
std::optional<std::int64_t> contributions::begin_of(std::size_t index) const {
  const auto& leaf = rule_.rule->leaves[index];
  if (leaf.kind == rules::leaf_kind::streak)
    return begin_of_streak(index);
  switch (leaf.window) {
  case rules::window_kind::last:
    return now_.at - leaf.last_ms + 1;
  case rules::window_kind::span:
    return leaf.from_ms;
  case rules::window_kind::since:
    return begin_of_since(leaf);
  case rules::window_kind::calendar: { // Told by days, which depend on each event's zone.
    const auto first = rules::period_begin(rules::period_of(now_.today, leaf.unit), leaf.unit);
    return std::int64_t{first} * rules::ms_per_day - local_slack_ms;
  }
  default:
    return since_ever;
  }
}

/// Where the streak of today began: as many active units back as it is long.
std::optional<std::int64_t> contributions::begin_of_streak(std::size_t index) const {
  const auto& leaf = rule_.rule->leaves[index];
  const auto length = value_at(one_.leaf(index), leaf, now_);
  if (!length || *length <= schemas::decimal{})
    return std::nullopt;
  auto units_left = length->units() / schemas::decimal::units_per_one;
  std::optional<std::int32_t> last_unit;
  auto begin = now_.at;
  for (const auto& each : events_) {
    if (!of(each, leaf).counts)
      continue;
    const auto unit = rules::period_of(each.day, leaf.unit);
    if (unit != last_unit && units_left-- == 0)
      break;
    last_unit = unit;
    begin = each.event->at;
  }
  return begin;
}

std::optional<std::int64_t> contributions::begin_of_since(const rules::leaf& leaf) const {
  for (const auto& each : events_) {
    if (of(each, leaf).is_marker)
      return each.event->at + 1;
  }
  return std::nullopt;
}

contributing_events contributions::of_leaf(std::size_t index, std::size_t max) const {
  const auto& leaf = rule_.rule->leaves[index];
  contributing_events out;
  const auto begin = begin_of(index);
  if (!begin)
    return out;
  const auto end = leaf.since && leaf.since->for_ms > 0 ? *begin - 1 + leaf.since->for_ms : never;
  const bool is_calendar = leaf.window == rules::window_kind::calendar;
  for (const auto& each : events_) {
    if (each.event->at < *begin || each.event->at > end)
      continue;
    if (is_calendar
        && rules::period_of(each.day, leaf.unit) != rules::period_of(now_.today, leaf.unit))
      continue;
    const auto what = of(each, leaf);
    if (!what.counts)
      continue;
    ++out.known;
    if (out.latest.size() == max)
      continue;
    out.latest.push_back({std::string(each.event->id), each.event->at, std::nullopt});
    if (reads_numbers(leaf.kind))
      out.latest.back().adds = schemas::decimal::from_units(what.number);
  }
  out.is_all = reaches_back_to(*begin);
  return out;
}

bool contributions::reaches_back_to(std::int64_t begin) const {
  for (std::size_t i = 0; i < schemas::event_input_count; ++i) {
    const auto dropped = user_.history.dropped_until(static_cast<schemas::input>(i));
    if ((rule_.inputs_seen >> i & 1U) != 0 && dropped != since_ever && dropped >= begin)
      return false;
  }
  return true;
}

} // namespace laurel::state
