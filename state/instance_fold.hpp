#pragma once

#include "state/tally.hpp"
#include "state/user_state.hpp"

#include <boost/container/small_vector.hpp>

namespace laurel::state {

/// What is left of an event once some of its retractions count.
struct remainder {
  bool is_there = false;
  std::optional<schemas::money> amount;
};

/// A change that one event makes to the instances it touches: `original` is booked as `before`,
/// from `at` on as `after`. Without a retraction: as nothing, then whole.
struct effect {
  std::int64_t at = 0;
  const rules::fact* original = nullptr;
  const rules::fact* cause = nullptr; // Null: the cause lies before `at`; another effect has it.
  remainder before;
  remainder after;
};

/// All effects of `original` under its `retractions` (any order), by time. A retraction counts from
/// its own time on, or from the original's if that is later. Partial amounts of the same currency
/// add up; when nothing is left the event is gone, and what takes it back again does nothing. That
/// is how `proportional` has it; see `rules::refund_policy` for the others.
boost::container::small_vector<effect, 2>
effects_of(const rules::fact& original, const std::vector<const rules::fact*>& retractions,
           rules::refund_policy refund);

/// What `event`, of type `type` in the rule's `on`, adds to `leaf` if `left` is left of its amount.
/// Whether an event counts is decided by the event as it was; how much, by what is left of it.
contribution contribution_of(const rules::compiled_rule& rule, const rules::leaf& leaf, int type,
                             const rules::fact& event, const std::optional<schemas::money>& left);

/// Which leaves a fold goes to: bits.
enum leaf_choice : std::uint8_t {
  plain_leaves = 1,    // Those that can be undone in any order.
  sliding_leaves = 2,  // `last` windows, which are not stored.
  replayed_leaves = 4, // Those that can only be replayed; a fold gives them the next event.
  stored_leaves = plain_leaves | replayed_leaves,
  all_leaves = plain_leaves | sliding_leaves | replayed_leaves,
};

/// Makes `change` in the leaves of `one` (`sign` 1), or takes it back (-1). Of replayed leaves it
/// changes the head, and only where an event is new; for others see `spoils_replay`.
void fold(const rules::compiled_rule& rule, instance& one, const effect& change, int sign,
          leaf_choice leaves = all_leaves);

/// All events of a time have been folded: sequences take them as one step.
void end_step(const rules::compiled_rule& rule, instance& one);

/// Whether `change` takes something back from a leaf that is replayed, which it has to be then.
bool spoils_replay(const rules::compiled_rule& rule, const effect& change);

/// Folds a standing event with what is left of it into the base of replayed leaves.
void fold_into_base(const rules::compiled_rule& rule, instance& one, const rules::fact& event,
                    const remainder& left);

/// The local day of `at` for `rule`, given the offset of the event's own zone.
rules::day_number day_at(const rules::compiled_rule& rule, std::int64_t at, std::int32_t offset_s);

/// Whether `when` holds for `one` of `user` at `now`. Forgets what has left sliding windows.
bool is_true(const user_state& user, const rules::compiled_rule& rule, instance& one,
             std::int64_t now, rules::day_number today);

/// The first moment after `now` at which time alone may change what `is_true` says.
std::optional<std::int64_t> due_after(const user_state& user, const rules::compiled_rule& rule,
                                      const instance& one, std::int64_t now,
                                      const rules::zone_table* user_zone);

/// The keys of the instances that `event` touches; empty if a part is missing. A rule without a
/// key has the one key "".
using key_list = boost::container::small_vector<std::string, 1>;
key_list keys_of(const rules::compiled_rule& rule, const rules::fact& event);

} // namespace laurel::state
