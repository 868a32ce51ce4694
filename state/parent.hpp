#pragma once

#include "schemas/decision.hpp"
#include "state/user_state.hpp"

#include <string>

namespace laurel::state {

/// The id of the grant that a record of `what` follows from: one that `when` looks at, or that is
/// the event which decided; empty if there is none.
std::string parent_of(const user_state& user, const rule_state& rule, const instance& one,
                      const grant& what, schemas::decision_kind kind);

} // namespace laurel::state
