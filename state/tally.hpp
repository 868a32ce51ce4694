#pragma once

#include "state/distinct_set.hpp"
#include "state/rules/calendar.hpp"
#include "state/rules/compiled_rule.hpp"
#include "state/wide_number.hpp"

#include <boost/container/small_vector.hpp>

#include <cstdint>
#include <optional>
#include <vector>

namespace laurel::state {

/// What one event adds to one leaf: a number (1 for a count), or elements. None of it if the
/// event does not pass the leaf's filter.
struct contribution {
  bool counts = false;
  bool is_marker = false; // A `since` window begins with it, or it buys a streak a freeze.
  schemas::int128 number = 0;
  boost::container::small_vector<element, 1> elements;
};

/// Where a contribution is booked: at its event's own time and day, also when it is taken back.
struct booking {
  std::int64_t at = 0;
  rules::day_number day = 0;
  std::string_view id; // Of the event.
};

/// A moment at which values are read, and the local day it lies on.
struct instant {
  std::int64_t at = 0;
  rules::day_number today = 0;
};

/// The least, greatest, first or last number so far, and the time of its event.
struct extreme {
  std::int64_t at = 0;
  schemas::int128 number = 0;
};

/// What an aggregate makes of the events of one stretch of time: a period, or since an anchor.
/// Which members are in use depends on the kind of the leaf.
struct tally {
  wide_number number;
  std::int64_t count = 0; // average: how many numbers.
  distinct_set elements;
  std::optional<extreme> best; // min, max, first, last: these cannot be undone.

  bool is_empty() const { return number.is_zero() && count == 0 && elements.is_empty() && !best; }
};

/// A tally of one period of a calendar; of 0 where there are no periods.
struct bucket {
  std::int32_t period = 0;
  tally what;
};
using bucket_list = std::vector<bucket>; // By period.

/// Whether the value is one of the numbers, so that what was folded in cannot be taken out.
bool is_extreme(rules::leaf_kind kind);

/// Whether what is left of an event's amount can change the leaf's value.
bool reads_numbers(rules::leaf_kind kind);

/// Folds `what` in (`sign` 1) or takes it out (-1), which an extreme does not allow.
void fold(tally& into, rules::leaf_kind kind, const contribution& what, int sign, std::int64_t at);

/// The bucket of `period`, made if it is not there; or null.
bucket& bucket_for(bucket_list& list, std::int32_t period);
const bucket* find_bucket(const bucket_list& list, std::int32_t period);

/// Drops the buckets before `period`.
void drop_before(bucket_list& list, std::int32_t period);

/// The value of `from`, which may be null for one without events; nothing where it does not fit or
/// there is none.
std::optional<schemas::decimal> value_of(const tally* from, rules::leaf_kind kind);

/// The same where there is a number alone: a count, a sum, or an average of `count` numbers.
std::optional<schemas::decimal> number_value(const wide_number& number, std::int64_t count,
                                             rules::leaf_kind kind);

/// Whether `next` takes the place of `now` as the extreme of `kind`.
bool takes_place(rules::leaf_kind kind, const extreme& next, const extreme& now);

} // namespace laurel::state
