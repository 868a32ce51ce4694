#pragma once

#include "state/rules/compile_parts.hpp"

namespace laurel::state::rules {

/// Compiles {"steps": [..], "within": "P1D", ..}, a sequence; nothing if it has faults.
std::optional<leaf> compile_sequence(const place& where, const compiled_rule& rule,
                                     compile_context& context);

} // namespace laurel::state::rules
