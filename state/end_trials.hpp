#pragma once

#include "state/rules/rule_book.hpp"
#include "state/user_state.hpp"

#include <cstdint>

namespace laurel::state {

/// Ends the trials that `rules` do not go on with: another version begins without a past, and what
/// would have been granted is forgotten. A version that comes into force goes on with what its
/// trial has counted, unless it goes on with what its rule has, or emits or takes derived events.
void end_trials(user_state& user, const rules::active_rules& rules);

// -- what this shares with bind_rules ---------------------------

/// The first moment after all that the user has seen.
std::int64_t after_all(const user_state& user);

/// What is due under this version is found out when the user is woken, at once.
void wake(user_state& user, const rule_state& rule);

} // namespace laurel::state
