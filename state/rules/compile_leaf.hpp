#pragma once

#include "state/rules/compile_parts.hpp"

#include <optional>

namespace laurel::state::rules {

/// Compiles {"f": ...}, an aggregate; nothing if it has faults.
std::optional<leaf> compile_aggregate(const place& where, const compiled_rule& rule,
                                      compile_context& context);

/// Compiles {"unit": "day", ...}, a streak; nothing if it has faults.
std::optional<leaf> compile_streak(const place& where, const compiled_rule& rule,
                                   compile_context& context);

} // namespace laurel::state::rules
