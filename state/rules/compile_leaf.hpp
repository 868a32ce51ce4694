#pragma once

#include "state/rules/compile_parts.hpp"

#include <optional>

namespace laurel::state::rules {

/// What an aggregate is made of, with everything that may be left out written out, so that two
/// spellings of one aggregate are one leaf.
std::string canonical_leaf(const json& given, const leaf& out, const compiled_rule& rule);

/// Compiles {"f": ...}, an aggregate; nothing if it has faults.
std::optional<leaf> compile_aggregate(const place& where, const compiled_rule& rule,
                                      compile_context& context);

/// Compiles {"unit": "day", ...}, a streak; nothing if it has faults.
std::optional<leaf> compile_streak(const place& where, const compiled_rule& rule,
                                   compile_context& context);

} // namespace laurel::state::rules
