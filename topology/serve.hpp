#pragma once

#include "actors/journal.hpp"
#include "topology/cli/application.hpp"
#include "topology/cli/console.hpp"

namespace laurel::topology {

/// Runs the engine until it is told to end, and returns the exit code. What starts is, in order:
/// signals, the directory's lock, the log, the actors, the control socket; it ends in the reverse
/// order, within `shutdown_timeout`.
int serve(const cli::serve_request& what, cli::console& terminal, actors::journal& journal);

/// How the process ends for a failure at start, or of a part that cannot go on.
int exit_code_of(const schemas::error& why);

} // namespace laurel::topology
