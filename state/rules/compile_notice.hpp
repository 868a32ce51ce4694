#pragma once

#include "state/rules/compile_parts.hpp"

namespace laurel::state::rules {

/// Compiles `notify`, `award` and `progress`: who is told what of the decisions. None of it decides
/// anything.
void compile_notice(const place& document, compiled_rule& rule, compile_context& context);

} // namespace laurel::state::rules
