#pragma once

#include "actors/journal.hpp"
#include "topology/settings.hpp"

#include <memory>

namespace laurel::topology {

/// The structured log of the process on stderr, as the pipeline's journal. One event is one line:
///
///   text  2026-01-05 08:15:00.123 info  task is running partition=3 epoch=7
///   json  {"timestamp":"2026-01-05T08:15:00.123Z","level":"info","message":"task is running",
///          "partition":"3","epoch":"7"}
///
/// Control characters of values are escaped: no value can forge a line. The one place that knows
/// the logging library.
std::unique_ptr<actors::journal> make_log(const log_settings& how, const std::string& instance);

} // namespace laurel::topology
