#pragma once

#include "state/tally.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace laurel::state {

/// A walk over the units of a streak, one after the other, up to and with `through`.
struct streak_walk {
  bool has_begun = false;
  std::int32_t through = 0;
  std::int64_t length = 0;
  std::int64_t bank = 0;    // Freezes in store.
  std::int64_t longest = 0; // Only where the rule asks for it.
};

/// Units (days, weeks, months) with a qualifying event or a freeze. Those that can still change are
/// listed; what lies before them has been walked.
struct streak_units {
  struct unit {
    std::int32_t number = 0;
    std::int32_t count = 0; // Of qualifying events.
    std::int32_t freezes = 0;
  };
  std::vector<unit> units; // By number; none without anything.
  bucket_list tallies;     // With `min`: what each unit comes to.
  streak_walk walked;
};

/// Folds an event in (`sign` 1) or takes it out (-1). A unit that has been walked is final.
void fold(streak_units& state, const rules::leaf& leaf, const contribution& what, int sign,
          const booking& where);

/// The length at `today`: of the streak that has not been broken, or the longest.
std::int64_t streak_value(const streak_units& state, const rules::leaf& leaf,
                          rules::day_number today);

/// The first day on which the length may be another without an event; nothing if there is none.
std::optional<rules::day_number> streak_due(const streak_units& state, const rules::leaf& leaf,
                                            rules::day_number today);

/// Walks the units that end before `oldest`.
void prune(streak_units& state, const rules::leaf& leaf, rules::day_number oldest);

} // namespace laurel::state
