#pragma once

#include "api/gateway.hpp"
#include "topology/cli/session.hpp"

#include <chrono>
#include <functional>

namespace laurel::topology::cli {

/// Sends a command and waits for its outcome, `wait` at most. One that was carried out is printed
/// as JSON if that is wanted, and goes to `show`; everything else is said here. Returns the exit
/// code.
int ask_and_wait(session& with, api::gateway& engine, const schemas::command& asked,
                 std::chrono::milliseconds wait,
                 const std::function<int(const state::command_outcome&)>& show);

} // namespace laurel::topology::cli
