#include "state/streak.hpp"

#include <algorithm>

namespace laurel::state {

namespace {

using unit = streak_units::unit;

bool is_active(const streak_units& state, const rules::leaf& leaf, const unit& one) {
  if (!leaf.streak || !leaf.streak->minimum)
    return one.count > 0;
  const auto* found = find_bucket(state.tallies, one.number);
  const auto value =
    value_of(found != nullptr ? &found->what : nullptr, leaf.streak->minimum->kind);
  return value && *value >= leaf.streak->at_least;
}

/// `count` units go by without anything.
void miss(streak_walk& walk, std::int64_t count) {
  if (walk.length == 0 || count <= 0)
    return;
  if (count > walk.bank)
    walk.length = 0;
  walk.bank = std::max<std::int64_t>(0, walk.bank - count);
}

/// The next listed unit. One that `is_open` is not over: it ends nothing yet.
void step(streak_walk& walk, const rules::leaf& leaf, const unit& next, bool is_active,
          bool is_open) {
  if (walk.has_begun)
    miss(walk, std::int64_t{next.number} - walk.through - 1);
  walk.has_begun = true;
  walk.through = next.number;
  if (leaf.streak)
    walk.bank = std::min<std::int64_t>(leaf.streak->freezes_max, walk.bank + next.freezes);
  if (is_active)
    ++walk.length;
  else if (!is_open)
    miss(walk, 1);
  if (leaf.streak && leaf.streak->is_longest)
    walk.longest = std::max(walk.longest, walk.length);
}

/// Where a walk ends: at today's unit, or at the last active one if that is later.
struct walk_end {
  std::int32_t unit = 0;
  bool is_active = false;
};

walk_end end_of(const streak_units& state, const rules::leaf& leaf, std::int32_t today) {
  for (auto at = state.units.rbegin(); at != state.units.rend() && at->number >= today; ++at) {
    if (is_active(state, leaf, *at))
      return {at->number, true};
  }
  return {today, false};
}

streak_walk walk_to(const streak_units& state, const rules::leaf& leaf, const walk_end& end,
                    std::int32_t today) {
  auto walk = state.walked;
  for (const auto& one : state.units) {
    if (one.number > end.unit)
      break;
    step(walk, leaf, one, is_active(state, leaf, one),
         one.number == today && one.number == end.unit);
  }
  if (walk.has_begun)
    miss(walk, std::int64_t{end.unit} - walk.through - 1); // The end itself is today's.
  return walk;
}

} // namespace

void fold(streak_units& state, const rules::leaf& leaf, const contribution& what, int sign,
          const booking& where) {
  const auto number = rules::period_of(where.day, leaf.unit);
  if (state.walked.has_begun && number <= state.walked.through)
    return; // Beyond the horizon: final.
  auto at = state.units.end();
  while (at != state.units.begin() && std::prev(at)->number >= number)
    --at;
  if (at == state.units.end() || at->number != number)
    at = state.units.insert(at, {number, 0, 0});
  (what.is_marker ? at->freezes : at->count) += sign;
  if (at->count == 0 && at->freezes == 0)
    state.units.erase(at);
  if (what.is_marker || !leaf.streak || !leaf.streak->minimum)
    return;
  auto& tally = bucket_for(state.tallies, number);
  fold(tally.what, leaf.streak->minimum->kind, what, sign, where.at);
  if (tally.what.is_empty())
    state.tallies.erase(state.tallies.begin() + (&tally - state.tallies.data()));
}

std::int64_t streak_value(const streak_units& state, const rules::leaf& leaf,
                          rules::day_number today) {
  const auto unit = rules::period_of(today, leaf.unit);
  const auto walk = walk_to(state, leaf, end_of(state, leaf, unit), unit);
  return leaf.streak && leaf.streak->is_longest ? walk.longest : walk.length;
}

std::optional<rules::day_number> streak_due(const streak_units& state, const rules::leaf& leaf,
                                            rules::day_number today) {
  if (leaf.streak && leaf.streak->is_longest)
    return std::nullopt;
  const auto unit = rules::period_of(today, leaf.unit);
  const auto end = end_of(state, leaf, unit);
  const auto walk = walk_to(state, leaf, end, unit);
  if (walk.length == 0)
    return std::nullopt;
  // A unit is missed once it is over, and each freeze in store makes one more harmless.
  const auto broken = end.unit + walk.bank + (end.is_active ? 2 : 1);
  return rules::period_begin(static_cast<std::int32_t>(broken), leaf.unit);
}

void prune(streak_units& state, const rules::leaf& leaf, rules::day_number oldest) {
  if (state.units.empty())
    return;
  const auto limit = rules::period_of(oldest, leaf.unit);
  auto at = state.units.begin();
  for (; at != state.units.end() && at->number < limit; ++at)
    step(state.walked, leaf, *at, is_active(state, leaf, *at), false);
  state.units.erase(state.units.begin(), at);
  drop_before(state.tallies, limit);
}

} // namespace laurel::state
