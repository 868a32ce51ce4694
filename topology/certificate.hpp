#pragma once

#include "api/erasure.hpp"
#include "state/user_machine.hpp"
#include "topology/log_bundle.hpp"

namespace laurel::topology {

/// The certificate of a user as seen, with the topics as they are now. `not_found` if the user was
/// never erased. Dates come from `retention.ms`, `segment.ms`, `max.compaction.lag.ms` and
/// `delete.retention.ms` of each topic, as Kafka documents them.
[[nodiscard]] schemas::result<api::erasure_certificate> certificate_of(const state::user_view& user,
                                                                       const log_topics& topics);

} // namespace laurel::topology
