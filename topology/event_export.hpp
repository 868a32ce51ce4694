#pragma once

#include "actors/journal.hpp"
#include "schemas/base/result.hpp"
#include "schemas/event.hpp"
#include "topology/settings.hpp"

#include <ostream>
#include <span>

namespace laurel::topology {

/// Writes what the input topics hold now to `out`, one event a line, partition by partition. What
/// has been deleted after its retention is not there. Fails with `refused` if another process holds
/// the embedded directory.
[[nodiscard]] schemas::result<void> export_events(const settings& values,
                                                  std::span<const schemas::input> inputs,
                                                  std::ostream& out, actors::journal& journal);

} // namespace laurel::topology
