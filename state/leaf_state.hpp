#pragma once

#include "state/replayed.hpp"
#include "state/streak.hpp"
#include "state/tally.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <variant>
#include <vector>

namespace laurel::state {

/// Tallies of a calendar window, one a period; old ones are pruned when nothing can change them.
/// Without a calendar window, one of all time.
struct calendar_buckets {
  bucket_list buckets;
};

/// What lies in (T - length, T]. Not stored: it is rebuilt from the history when it is needed.
struct sliding_points {
  struct point {
    std::int64_t at = 0;
    wide_number number;
    element what{};         // distinct: the member; an extreme: the event.
    std::int32_t count = 0; // distinct, average: how often; else 0.
  };
  std::vector<point> points; // By time, then id, from `head` on.
  std::size_t head = 0;
  distinct_set elements;
  std::int64_t count = 0; // average: how many numbers.

  // min, max: those of the points that no later one beats, the extreme first, from `rank_head` on.
  std::vector<extreme> ranks;
  std::size_t rank_head = 0;
};

/// The state of one leaf of one instance. Counts and sums over everything, which most rules use,
/// live in `number`; the rest in `detail`.
using leaf_detail =
  std::variant<distinct_set, calendar_buckets, sliding_points, streak_units, replayed>;
struct leaf_state {
  wide_number number;
  std::unique_ptr<leaf_detail> detail;
};

/// Folds `what` in (`sign` 1) or takes it out (-1); each undoes the other, in any order. Not for a
/// leaf that is replayed.
void fold(leaf_state& state, const rules::leaf& leaf, const contribution& what, int sign,
          const booking& where);

/// The state of a leaf that is replayed.
replayed& replayed_of(leaf_state& state);

/// Forgets what has left a `last` window by `now`. To be called before `value_at`, with times that
/// do not fall.
void expire(leaf_state& state, const rules::leaf& leaf, std::int64_t now);

/// The value at `now`; nothing if it does not fit a decimal.
std::optional<schemas::decimal> value_at(const leaf_state& state, const rules::leaf& leaf,
                                         const instant& now);

/// Forgets what no event on or after `oldest` can change.
void prune(leaf_state& state, const rules::leaf& leaf, rules::day_number oldest);

/// When time alone may next change the value: a moment, or the beginning of a local day.
struct due {
  std::optional<std::int64_t> at;
  std::optional<rules::day_number> day;
};
due next_due(const leaf_state& state, const rules::leaf& leaf, const instant& now);

std::size_t memory_bytes(const leaf_state& state);

} // namespace laurel::state
