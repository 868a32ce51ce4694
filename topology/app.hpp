#pragma once

#include "topology/cli/application.hpp"

#include <memory>

namespace laurel::topology {

/// The application behind the command line: builds stores, logs and actors, and owns the order in
/// which they stop.
std::unique_ptr<cli::application> make_application();

} // namespace laurel::topology
