#pragma once

#include "api/edge_routes.hpp"

namespace laurel::api {

/// The longest that a caller may wait for an outcome.
inline constexpr std::chrono::milliseconds command_wait_max{10'000};

/// Adds the handlers of commands: one that takes them in, and one that tells what became of them.
void add_commands(handlers& to, const edge_parts& with);

} // namespace laurel::api
