#pragma once

#include "actors/journal.hpp"
#include "topology/cli/application.hpp"

#include <istream>
#include <ostream>

namespace laurel::topology {

/// Runs the whole engine over files, in a temporary embedded log, and writes the fold of its
/// decisions. Time ends at `until`, else at the last event, for every user. The files' order is the
/// order of arrival; event time stands for append time, so the same files give the same bytes.
/// Fails with `bad_input` for a rule that does not compile.
[[nodiscard]] schemas::result<cli::replay_summary> replay(const cli::replay_request& what,
                                                          std::istream& in, std::ostream& out,
                                                          actors::journal& journal);

} // namespace laurel::topology
