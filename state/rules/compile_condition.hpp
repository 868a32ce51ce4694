#pragma once

#include "state/rules/compile_expression.hpp"

namespace laurel::state::rules {

/// Compiles `when` into `rule.when` and `rule.leaves`. `rule.on` is already there.
void compile_condition(const place& when, compiled_rule& rule, compile_context& context);

/// Finds out whether time alone can change what `rule.when` says, from the windows and streaks in
/// it. Errs on the side of "it can".
void find_what_time_changes(compiled_rule& rule);

} // namespace laurel::state::rules
