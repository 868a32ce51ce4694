#pragma once

#include "topology/embedded/log_core.hpp"

#include <atomic>

namespace laurel::topology::embedded {

/// Compacts a partition if the bytes written since the last time are worth it: of each key only
/// the last record stays, at its offset. A deletion stays for `tombstone_retention_ms` of the log's
/// own time, and the log remembers below which offset deletions are gone.
///
/// Every step is a write of its own that leaves the log whole: a record goes only while a later
/// one of its key is already durable. So it may end at any moment.
[[nodiscard]] schemas::result<void> compact(log_core& core, slot where,
                                            const std::atomic<bool>& stop);

} // namespace laurel::topology::embedded
