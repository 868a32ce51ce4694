#pragma once

#include "state/distinct_set.hpp"
#include "state/rules/calendar.hpp"
#include "state/rules/compiled_rule.hpp"
#include "state/wide_number.hpp"

#include <boost/container/small_vector.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <variant>
#include <vector>

namespace laurel::state {

/// What one event adds to one leaf: a number (1 for a count), or elements. None of it if the
/// event does not pass the leaf's filter.
struct contribution {
  bool counts = false;
  schemas::int128 number = 0;
  boost::container::small_vector<element, 1> elements;
};

/// Where a contribution is booked: at its event's own time and day, also when it is taken back.
struct booking {
  std::int64_t at = 0;
  rules::day_number day = 0;
};

/// A moment at which values are read, and the local day it lies on.
struct instant {
  std::int64_t at = 0;
  rules::day_number today = 0;
};

/// Buckets of a calendar window, one a period. Old ones are pruned when nothing can change them.
struct calendar_buckets {
  struct bucket {
    std::int32_t period = 0;
    wide_number number;
    distinct_set elements;
  };
  std::vector<bucket> buckets; // By period.
};

/// What lies in (T - length, T]. Not stored: it is rebuilt from the history when it is needed.
struct sliding_points {
  struct point {
    std::int64_t at = 0;
    wide_number number;
    element what{};
    std::int32_t count = 0; // Of `what`; 0 where numbers are summed.
  };
  std::vector<point> points; // By time, from `head` on.
  std::size_t head = 0;
  distinct_set elements;
};

/// Days with a qualifying event. `days` holds those that can still change; of what lies before
/// them only the run that touches them matters.
struct streak_days {
  struct counted_day {
    rules::day_number day = 0;
    std::int32_t count = 0;
  };
  std::vector<counted_day> days; // By day; counts are not 0.
  rules::day_number run_first = 0;
  rules::day_number run_last = -1; // Before `run_first`: there is no such run.
};

/// The state of one leaf of one instance. Counts and sums over everything, which most rules use,
/// live in `number`; the rest in `detail`.
using leaf_detail = std::variant<distinct_set, calendar_buckets, sliding_points, streak_days>;
struct leaf_state {
  wide_number number;
  std::unique_ptr<leaf_detail> detail;
};

/// Folds `what` in (`sign` 1) or takes it out (-1); each undoes the other, in any order.
void fold(leaf_state& state, const rules::leaf& leaf, const contribution& what, int sign,
          const booking& where);

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
due next_due(const leaf_state& state, const rules::leaf& leaf, rules::day_number today);

std::size_t memory_bytes(const leaf_state& state);

} // namespace laurel::state
