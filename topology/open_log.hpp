#pragma once

#include "actors/journal.hpp"
#include "state/storage/rocks_budget.hpp"
#include "topology/embedded/embedded_log.hpp"
#include "topology/kafka/settings.hpp"
#include "topology/log_bundle.hpp"
#include "topology/settings.hpp"

#include <memory>

namespace laurel::topology {

/// The log that the settings name, and what only the embedded one offers.
struct opened_log {
  std::unique_ptr<log_bundle> bundle;
  const embedded_log* embedded = nullptr; // Null over Kafka.
};

/// Opens the embedded log (in `DIR/log`) or connects to Kafka. Errors as those say.
[[nodiscard]] schemas::result<opened_log>
open_log(const settings& values, std::shared_ptr<const state::rocks_budget> budget,
         actors::journal* journal);

/// The same settings, as the Kafka adapters take them.
kafka::settings kafka_settings(const settings& values, actors::journal* journal);

/// Wraps an embedded log, e.g. a scratch one.
opened_log bundle_of(std::unique_ptr<embedded_log> log, std::uint64_t retention_bytes = 0);

} // namespace laurel::topology
