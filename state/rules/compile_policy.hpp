#pragma once

#include "state/rules/compile_expression.hpp"

namespace laurel::state::rules {

/// Compiles `policy` and `valid` of a rule document. Comes after `when`, on which `every` depends.
void compile_policy(const place& document, compiled_rule& rule, compile_context& context);

} // namespace laurel::state::rules
