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

/// Whether the state is a list of buckets that can be undone.
bool is_bucketed(const rules::leaf& leaf) {
  return leaf.window == window_kind::calendar || leaf.kind == leaf_kind::average;
}

void fold_members(distinct_set& set, const contribution& what, int sign) {
  for (const auto& one : what.elements)
    set.add(one, sign);
}

void fold_bucket(bucket_list& list, const rules::leaf& leaf, const contribution& what, int sign,
                 const booking& where) {
  const bool is_calendar = leaf.window == window_kind::calendar;
  const auto period = is_calendar ? rules::period_of(where.day, leaf.unit) : 0;
  auto& mine = bucket_for(list, period);
  fold(mine.what, leaf.kind, what, sign, where.at);
  if (mine.what.is_empty()) // Equal histories leave equal bytes, whatever was undone.
    list.erase(list.begin() + (&mine - list.data()));
}

// -- sliding windows ---------------------------------------------------------------------

/// Puts the newest point in: those that it beats will never be the extreme again.
void rank(sliding_points& state, leaf_kind kind, const sliding_points::point& point) {
  const extreme next{point.at, *point.number.fitting()};
  auto& ranks = state.ranks;
  while (ranks.size() > state.rank_head && !takes_place(kind, ranks.back(), next))
    ranks.pop_back();
  ranks.push_back(next);
}

void rank_again(sliding_points& state, leaf_kind kind) {
  state.ranks.clear();
  state.rank_head = 0;
  for (auto i = state.head; i < state.points.size(); ++i)
    rank(state, kind, state.points[i]);
}

void add_point(sliding_points& state, sliding_points::point point) {
  auto at = state.points.end();
  const auto first = state.points.begin() + static_cast<std::ptrdiff_t>(state.head);
  while (at != first && std::prev(at)->at > point.at)
    --at;
  state.points.insert(at, point);
}

void remove_point(sliding_points& state, const sliding_points::point& gone) {
  for (auto i = state.points.size(); i > state.head; --i) {
    const auto& one = state.points[i - 1];
    if (one.at == gone.at && one.what == gone.what && one.number == gone.number) {
      state.points.erase(state.points.begin() + static_cast<std::ptrdiff_t>(i - 1));
      return;
    }
  }
}

void fold_sliding_extreme(sliding_points& state, leaf_kind kind, sliding_points::point point,
                          int sign) {
  const bool is_ranked = kind == leaf_kind::min || kind == leaf_kind::max;
  const bool is_newest =
    sign > 0 && (state.points.size() == state.head || state.points.back().at <= point.at);
  if (sign > 0)
    add_point(state, point);
  else
    remove_point(state, point);
  if (is_ranked && is_newest)
    rank(state, kind, point);
  else if (is_ranked)
    rank_again(state, kind);
}

void fold_sliding(leaf_state& whole, sliding_points& state, const rules::leaf& leaf,
                  const contribution& what, int sign, const booking& where) {
  sliding_points::point point;
  point.at = where.at;
  if (leaf.kind == leaf_kind::distinct) {
    for (const auto& one : what.elements) {
      state.elements.add(one, sign);
      add_point(state, {where.at, {}, one, sign});
    }
  } else if (is_extreme(leaf.kind)) {
    point.number.add(what.number);
    point.what = element_of(where.id);
    fold_sliding_extreme(state, leaf.kind, point, sign);
  } else {
    point.number.add(sign * what.number);
    point.count = leaf.kind == leaf_kind::average ? sign : 0;
    whole.number.add(point.number);
    state.count += point.count;
    add_point(state, point);
  }
}

void expire_points(leaf_state& whole, sliding_points& sliding, const rules::leaf& leaf,
                   std::int64_t limit) {
  constexpr std::size_t compact_min = 64;
  while (sliding.head < sliding.points.size() && sliding.points[sliding.head].at <= limit) {
    const auto& point = sliding.points[sliding.head++];
    if (leaf.kind == leaf_kind::distinct)
      sliding.elements.add(point.what, -point.count);
    else if (!is_extreme(leaf.kind))
      whole.number.subtract(point.number);
    if (leaf.kind == leaf_kind::average)
      sliding.count -= point.count;
  }
  while (sliding.rank_head < sliding.ranks.size() && sliding.ranks[sliding.rank_head].at <= limit)
    ++sliding.rank_head;
  if (sliding.head >= compact_min && sliding.head * 2 > sliding.points.size()) {
    sliding.points.erase(sliding.points.begin(),
                         sliding.points.begin() + static_cast<std::ptrdiff_t>(sliding.head));
    sliding.head = 0;
  }
  if (sliding.rank_head >= compact_min && sliding.rank_head * 2 > sliding.ranks.size()) {
    sliding.ranks.erase(sliding.ranks.begin(),
                        sliding.ranks.begin() + static_cast<std::ptrdiff_t>(sliding.rank_head));
    sliding.rank_head = 0;
  }
}

std::optional<schemas::decimal> sliding_value(const leaf_state& whole, const sliding_points& state,
                                              leaf_kind kind) {
  const bool any = state.head < state.points.size();
  switch (kind) {
  case leaf_kind::distinct:
    return schemas::decimal::from_integer(static_cast<std::int64_t>(state.elements.size()));
  case leaf_kind::min:
  case leaf_kind::max:
    return any ? std::optional(schemas::decimal::from_units(state.ranks[state.rank_head].number))
               : std::nullopt;
  case leaf_kind::first:
  case leaf_kind::last: {
    if (!any)
      return std::nullopt;
    const auto& found = kind == leaf_kind::first ? state.points[state.head] : state.points.back();
    return schemas::decimal::from_units(*found.number.fitting());
  }
  default:
    return number_value(whole.number, state.count, kind);
  }
}

} // namespace

void fold(leaf_state& state, const rules::leaf& leaf, const contribution& what, int sign,
          const booking& where) {
  if (!what.counts && !what.is_marker)
    return;
  if (leaf.kind == leaf_kind::streak)
    fold(detail_of<streak_units>(state), leaf, what, sign, where);
  else if (leaf.window == window_kind::last)
    fold_sliding(state, detail_of<sliding_points>(state), leaf, what, sign, where);
  else if (is_bucketed(leaf))
    fold_bucket(detail_of<calendar_buckets>(state).buckets, leaf, what, sign, where);
  else if (leaf.kind == leaf_kind::distinct)
    fold_members(detail_of<distinct_set>(state), what, sign);
  else
    state.number.add(sign * what.number);
}

void expire(leaf_state& state, const rules::leaf& leaf, std::int64_t now) {
  if (leaf.window == window_kind::last && state.detail)
    expire_points(state, std::get<sliding_points>(*state.detail), leaf, now - leaf.last_ms);
}

replayed& replayed_of(leaf_state& state) {
  return detail_of<replayed>(state);
}

std::optional<schemas::decimal> value_at(const leaf_state& state, const rules::leaf& leaf,
                                         const instant& now) {
  static const trace nothing;
  if (leaf.kind == leaf_kind::streak) {
    const auto* units = detail_if<streak_units>(state);
    return schemas::decimal::from_integer(units != nullptr ? streak_value(*units, leaf, now.today)
                                                           : 0);
  }
  if (leaf.is_replayed) {
    const auto* mine = detail_if<replayed>(state);
    return value_of(mine != nullptr ? mine->head : nothing, leaf, now);
  }
  if (leaf.window == window_kind::last) {
    const auto* sliding = detail_if<sliding_points>(state);
    return sliding != nullptr ? sliding_value(state, *sliding, leaf.kind)
                              : value_of(nullptr, leaf.kind);
  }
  if (is_bucketed(leaf)) {
    const bool is_calendar = leaf.window == window_kind::calendar;
    const auto* mine = detail_if<calendar_buckets>(state);
    const auto* found =
      mine != nullptr
        ? find_bucket(mine->buckets, is_calendar ? rules::period_of(now.today, leaf.unit) : 0)
        : nullptr;
    return value_of(found != nullptr ? &found->what : nullptr, leaf.kind);
  }
  if (leaf.kind != leaf_kind::distinct)
    return number_value(state.number, 0, leaf.kind);
  const auto* elements = detail_if<distinct_set>(state);
  const auto size = elements != nullptr ? elements->size() : 0;
  return schemas::decimal::from_integer(static_cast<std::int64_t>(size));
}

void prune(leaf_state& state, const rules::leaf& leaf, day_number oldest) {
  if (!state.detail)
    return;
  if (auto* units = std::get_if<streak_units>(state.detail.get())) {
    prune(*units, leaf, oldest);
    return;
  }
  if (leaf.window != window_kind::calendar)
    return;
  const auto period = rules::period_of(oldest, leaf.unit);
  if (auto* calendar = std::get_if<calendar_buckets>(state.detail.get())) {
    drop_before(calendar->buckets, period);
  } else if (auto* mine = std::get_if<replayed>(state.detail.get())) {
    drop_before(mine->base.buckets, period);
    drop_before(mine->head.buckets, period);
  }
}

/// Until when a calendar window shows what it shows now.
due period_due(const bucket_list& buckets, const rules::leaf& leaf, day_number today) {
  const auto period = rules::period_of(today, leaf.unit);
  const bool any = !buckets.empty() && buckets.back().period >= period;
  return any ? due{std::nullopt, rules::period_end(today, leaf.unit)} : due{};
}

due next_due(const leaf_state& state, const rules::leaf& leaf, const instant& now) {
  const auto today = now.today;
  if (leaf.sequence) {
    const auto* mine = detail_if<replayed>(state);
    return mine != nullptr
             ? due{complete_at(mine->head.sequence, *leaf.sequence, now.at), std::nullopt}
             : due{};
  }
  if (const auto* units = detail_if<streak_units>(state))
    return {std::nullopt, streak_due(*units, leaf, today)};
  if (leaf.window == window_kind::calendar) {
    if (const auto* mine = detail_if<replayed>(state))
      return period_due(mine->head.buckets, leaf, today);
    const auto* calendar = detail_if<calendar_buckets>(state);
    return calendar != nullptr ? period_due(calendar->buckets, leaf, today) : due{};
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
    bytes += calendar->buckets.capacity() * sizeof(bucket);
  else if (const auto* mine = std::get_if<replayed>(state.detail.get()))
    bytes += (mine->base.buckets.capacity() + mine->head.buckets.capacity()) * sizeof(bucket)
             + (mine->base.sequence.runs.capacity() + mine->head.sequence.runs.capacity())
                 * sizeof(sequence_run);
  else if (const auto* sliding = std::get_if<sliding_points>(state.detail.get()))
    bytes += sliding->points.capacity() * sizeof(sliding_points::point)
             + sliding->ranks.capacity() * sizeof(extreme);
  else if (const auto* streak = std::get_if<streak_units>(state.detail.get()))
    bytes += streak->units.capacity() * sizeof(streak_units::unit)
             + streak->tallies.capacity() * sizeof(bucket);
  return bytes;
}

} // namespace laurel::state
