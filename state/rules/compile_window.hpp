#pragma once

#include "state/rules/compile_parts.hpp"

namespace laurel::state::rules {

/// Compiles `win` into `out`.
void compile_window(const place& where, const compiled_rule& rule, leaf& out,
                    compile_context& context);

} // namespace laurel::state::rules
