#pragma once

#include "state/user_state.hpp"

#include <cstdint>

namespace laurel::state {

/// Moves the bases of replayed leaves forward to `until`, before `from`'s history up to there is
/// dropped: what they could not be replayed from any more becomes part of them. Derived events do
/// not: they are never forgotten, and may end at any time.
void advance_bases(user_state& user, schemas::input from, std::int64_t until);

/// For an event that comes when the bases of its rule are past it, because the history of its other
/// input was dropped: it counts all the same, from now on, and cannot be taken back any more.
void join_base(const user_state& user, const rule_state& rule, instance& one,
               const rules::fact& event);

/// For a rule that comes back after it was in no book: if history was dropped meanwhile, all that
/// it has seen becomes its base.
void settle_bases(user_state& user, rule_state& rule);

} // namespace laurel::state
