#include "state/leaf_state.hpp"

#include <algorithm>

namespace laurel::state {

using rules::day_number;
using rules::leaf_kind;
using rules::window_kind;

namespace {

template <class Detail>
Detail& detail_of(leaf_state& state) {
  if (!state.detail)
    state.detail = std::make_unique<leaf_detail>(std::in_place_type<Detail>);
  return std::get<Detail>(*state.detail);
}

template <class Detail>
const Detail* detail_if(const leaf_state& state) {
  return state.detail ? std::get_if<Detail>(state.detail.get()) : nullptr;
}

void fold_total(wide_number& number, distinct_set* elements, const contribution& what, int sign) {
  if (elements == nullptr) {
    number.add(sign * what.number);
    return;
  }
  for (const auto& one : what.elements)
    elements->add(one, sign);
}

void fold_bucket(calendar_buckets& state, const rules::leaf& leaf, const contribution& what,
                 int sign, day_number day) {
  const auto period = rules::period_of(day, leaf.unit);
  auto at = std::lower_bound(
    state.buckets.begin(), state.buckets.end(), period,
    [](const calendar_buckets::bucket& one, std::int32_t sought) { return one.period < sought; });
  if (at == state.buckets.end() || at->period != period) {
    at = state.buckets.emplace(at);
    at->period = period;
  }
  fold_total(at->number, leaf.kind == leaf_kind::distinct ? &at->elements : nullptr, what, sign);
  if (at->number.is_zero() && at->elements.is_empty())
    state.buckets.erase(at); // Equal histories leave equal bytes, whatever was undone.
}

void add_point(sliding_points& state, sliding_points::point point) {
  auto at = state.points.end();
  const auto first = state.points.begin() + static_cast<std::ptrdiff_t>(state.head);
  while (at != first && std::prev(at)->at > point.at)
    --at;
  state.points.insert(at, point);
}

void fold_sliding(leaf_state& whole, sliding_points& state, const rules::leaf& leaf,
                  const contribution& what, int sign, std::int64_t at) {
  if (leaf.kind == leaf_kind::distinct) {
    for (const auto& one : what.elements) {
      state.elements.add(one, sign);
      add_point(state, {at, {}, one, sign});
    }
    return;
  }
  sliding_points::point point;
  point.at = at;
  point.number.add(sign * what.number);
  whole.number.add(point.number);
  add_point(state, point);
}

void fold_day(streak_days& state, int sign, day_number day) {
  if (day <= state.run_last)
    return; // Beyond the horizon: final.
  auto at = state.days.end();
  while (at != state.days.begin() && std::prev(at)->day >= day)
    --at;
  if (at == state.days.end() || at->day != day)
    at = state.days.insert(at, {day, 0});
  at->count += sign;
  if (at->count == 0)
    state.days.erase(at);
}

/// Days in a row up to the last one with an event; 0 once a whole day has passed without.
std::int64_t run_length(const streak_days& state, day_number today) {
  auto at = state.days.end();
  while (at != state.days.begin() && std::prev(at)->count <= 0)
    --at; // Only while changes are being undone.
  const bool any_day = at != state.days.begin();
  const auto last = any_day ? std::prev(at)->day : state.run_last;
  const bool any = any_day || state.run_last >= state.run_first;
  if (!any || last < today - 1)
    return 0;
  auto first = last + 1;
  while (at != state.days.begin() && std::prev(at)->day == first - 1 && std::prev(at)->count > 0) {
    --at;
    --first;
  }
  if (at == state.days.begin() && state.run_last >= state.run_first && state.run_last == first - 1)
    first = state.run_first;
  return std::int64_t{last} - first + 1;
}

void prune_days(streak_days& state, day_number oldest) {
  std::size_t gone = 0;
  while (gone < state.days.size() && state.days[gone].day < oldest) {
    const auto& day = state.days[gone++];
    if (day.count <= 0)
      continue;
    const bool joins = state.run_last >= state.run_first && day.day == state.run_last + 1;
    if (!joins)
      state.run_first = day.day;
    state.run_last = day.day;
  }
  state.days.erase(state.days.begin(), state.days.begin() + static_cast<std::ptrdiff_t>(gone));
}

const calendar_buckets::bucket* bucket_at(const calendar_buckets& state, std::int32_t period) {
  for (auto at = state.buckets.rbegin(); at != state.buckets.rend(); ++at) {
    if (at->period == period)
      return &*at;
  }
  return nullptr;
}

std::optional<schemas::decimal> as_decimal(const wide_number& number, leaf_kind kind) {
  const auto fits = number.fitting();
  if (!fits)
    return std::nullopt;
  return kind == leaf_kind::count ? schemas::decimal::from_integer(static_cast<std::int64_t>(*fits))
                                  : schemas::decimal::from_units(*fits);
}

schemas::decimal as_decimal(std::size_t size) {
  return schemas::decimal::from_integer(static_cast<std::int64_t>(size));
}

} // namespace

void fold(leaf_state& state, const rules::leaf& leaf, const contribution& what, int sign,
          const booking& where) {
  if (!what.counts)
    return;
  if (leaf.kind == leaf_kind::streak)
    fold_day(detail_of<streak_days>(state), sign, where.day);
  else if (leaf.window == window_kind::calendar)
    fold_bucket(detail_of<calendar_buckets>(state), leaf, what, sign, where.day);
  else if (leaf.window == window_kind::last)
    fold_sliding(state, detail_of<sliding_points>(state), leaf, what, sign, where.at);
  else if (leaf.kind == leaf_kind::distinct)
    fold_total(state.number, &detail_of<distinct_set>(state), what, sign);
  else
    state.number.add(sign * what.number);
}

void expire(leaf_state& state, const rules::leaf& leaf, std::int64_t now) {
  if (leaf.window != window_kind::last || !state.detail)
    return;
  constexpr std::size_t compact_min = 64;
  auto& sliding = std::get<sliding_points>(*state.detail);
  while (sliding.head < sliding.points.size()
         && sliding.points[sliding.head].at <= now - leaf.last_ms) {
    const auto& point = sliding.points[sliding.head++];
    if (point.count != 0)
      sliding.elements.add(point.what, -point.count);
    state.number.subtract(point.number);
  }
  if (sliding.head >= compact_min && sliding.head * 2 > sliding.points.size()) {
    sliding.points.erase(sliding.points.begin(),
                         sliding.points.begin() + static_cast<std::ptrdiff_t>(sliding.head));
    sliding.head = 0;
  }
}

std::optional<schemas::decimal> value_at(const leaf_state& state, const rules::leaf& leaf,
                                         const instant& now) {
  const auto today = now.today;
  if (leaf.kind == leaf_kind::streak) {
    const auto* days = detail_if<streak_days>(state);
    return schemas::decimal::from_integer(days != nullptr ? run_length(*days, today) : 0);
  }
  const bool is_distinct = leaf.kind == leaf_kind::distinct;
  if (leaf.window == window_kind::calendar) {
    const auto* buckets = detail_if<calendar_buckets>(state);
    const auto* bucket =
      buckets != nullptr ? bucket_at(*buckets, rules::period_of(today, leaf.unit)) : nullptr;
    if (bucket == nullptr)
      return schemas::decimal{};
    return is_distinct ? as_decimal(bucket->elements.size())
                       : as_decimal(bucket->number, leaf.kind);
  }
  if (!is_distinct)
    return as_decimal(state.number, leaf.kind);
  if (leaf.window == window_kind::last) {
    const auto* sliding = detail_if<sliding_points>(state);
    return as_decimal(sliding != nullptr ? sliding->elements.size() : 0);
  }
  const auto* elements = detail_if<distinct_set>(state);
  return as_decimal(elements != nullptr ? elements->size() : 0);
}

void prune(leaf_state& state, const rules::leaf& leaf, day_number oldest) {
  if (!state.detail)
    return;
  if (auto* days = std::get_if<streak_days>(state.detail.get())) {
    if (!days->days.empty() && days->days.front().day < oldest)
      prune_days(*days, oldest);
  } else if (auto* calendar = std::get_if<calendar_buckets>(state.detail.get())) {
    const auto period = rules::period_of(oldest, leaf.unit);
    auto& buckets = calendar->buckets;
    const auto kept = std::find_if(buckets.begin(), buckets.end(),
                                   [&](const auto& one) { return one.period >= period; });
    buckets.erase(buckets.begin(), kept);
  }
}

due next_due(const leaf_state& state, const rules::leaf& leaf, day_number today) {
  if (const auto* days = detail_if<streak_days>(state)) {
    if (run_length(*days, today) == 0)
      return {};
    const auto last = days->days.empty() ? days->run_last : days->days.back().day;
    return {std::nullopt, last + 2};
  }
  if (const auto* calendar = detail_if<calendar_buckets>(state)) {
    const auto period = rules::period_of(today, leaf.unit);
    const bool any = !calendar->buckets.empty() && calendar->buckets.back().period >= period;
    return any ? due{std::nullopt, rules::period_end(today, leaf.unit)} : due{};
  }
  if (const auto* sliding = detail_if<sliding_points>(state)) {
    if (sliding->head < sliding->points.size())
      return {sliding->points[sliding->head].at + leaf.last_ms, std::nullopt};
  }
  return {};
}

std::size_t memory_bytes(const leaf_state& state) {
  if (!state.detail)
    return 0;
  std::size_t bytes = sizeof(*state.detail);
  if (const auto* set = std::get_if<distinct_set>(state.detail.get()))
    bytes += set->memory_bytes();
  else if (const auto* calendar = std::get_if<calendar_buckets>(state.detail.get()))
    bytes += calendar->buckets.capacity() * sizeof(calendar_buckets::bucket);
  else if (const auto* sliding = std::get_if<sliding_points>(state.detail.get()))
    bytes += sliding->points.capacity() * sizeof(sliding_points::point);
  else if (const auto* days = std::get_if<streak_days>(state.detail.get()))
    bytes += days->days.capacity() * sizeof(streak_days::counted_day);
  return bytes;
}

} // namespace laurel::state
