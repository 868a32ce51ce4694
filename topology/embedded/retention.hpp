#pragma once

#include "topology/embedded/log_core.hpp"

#include <atomic>

namespace laurel::topology::embedded {

/// Drops the oldest batches of inputs and outputs, whichever topic they are in, until the bytes of
/// all of them keep to the retention. Input that its task has not consumed is never dropped.
[[nodiscard]] schemas::result<void> drop_oldest(log_core& core, const std::atomic<bool>& stop);

} // namespace laurel::topology::embedded
