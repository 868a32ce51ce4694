#pragma once

#include "state/rules/compile_parts.hpp"

#include <string>

namespace laurel::state::rules {

/// Compiles a `has` into what it looks for, with faults for what is none.
holding_query compile_holding(const place& where, const compiled_rule& rule,
                              compile_context& context);

/// Text of 1 to `name_bytes_max` bytes in which ${0}, ${1}, ... stand for parts of the rule's key.
std::string key_pattern_at(const place& where, const compiled_rule& rule, compile_context& context);

} // namespace laurel::state::rules
