#pragma once

#include "state/rules/compile_expression.hpp"

#include <optional>

namespace laurel::state::rules {

/// Compiles {"f": ...}, an aggregate; nothing if it has faults.
std::optional<leaf> compile_aggregate(const place& where, const compiled_rule& rule,
                                      compile_context& context);

/// Compiles {"unit": "day", ...}, a streak; nothing if it has faults.
std::optional<leaf> compile_streak(const place& where, const compiled_rule& rule,
                                   compile_context& context);

/// Milliseconds of an ISO 8601 duration of fixed length, such as "P7D" or "PT36H".
std::optional<std::int64_t> duration_ms(std::string_view text);

} // namespace laurel::state::rules
