#pragma once

#include "schemas/base/result.hpp"
#include "topology/settings.hpp"

#include <string>

namespace laurel::topology {

/// The secret under which erased users are remembered: `erasure.secret`, or one that the embedded
/// log keeps beside itself. Empty: there is none, and nobody can be erased.
[[nodiscard]] schemas::result<std::string> erasure_secret_of(const settings& values);

} // namespace laurel::topology
