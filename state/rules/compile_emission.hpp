#pragma once

#include "state/rules/compile_parts.hpp"

#include <memory>

namespace laurel::state::rules {

/// Compiles `emit` of the rule document `root`, whose key is compiled already, and refuses what
/// does not go with it.
std::shared_ptr<const emission> compile_emission(const place& root, const compiled_rule& rule,
                                                 compile_context& context);

} // namespace laurel::state::rules
