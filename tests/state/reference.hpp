#pragma once

#include "tests/state/story.hpp"

#include <optional>
#include <string>
#include <vector>

namespace laurel::tests {

/// What rules decide about a set of events, computed the slow and obvious way: for every moment at
/// which anything may change, every aggregate is computed anew from all events. Shares no code with
/// the engine. Knows as much of the language as the random rules of engine_property_test.cpp use.
///
/// Gives lines as `lines_of` does. Time passes up to the last step of each instance, and on to
/// `until` if that is later.
std::vector<std::string> reference_lines(const std::vector<std::string>& documents,
                                         const std::vector<told>& events,
                                         std::optional<std::int64_t> until);

} // namespace laurel::tests
