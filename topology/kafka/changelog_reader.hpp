#pragma once

#include "actors/ports.hpp"
#include "topology/kafka/settings.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace laurel::topology::kafka {

/// Reads the changelog of one partition with a consumer of its own that joins no group. Blocks; any
/// thread.

/// See `task_log::replay`. A position past the end is `corrupt`: the store has what the log never
/// committed, and is to be rebuilt. One before the beginning is `refused`: state would be missing.
[[nodiscard]] schemas::result<std::int64_t> replay_changelog(const settings& from,
                                                             std::int32_t partition,
                                                             std::optional<std::int64_t> position,
                                                             const actors::replay_sink& sink);

/// Whether the record at `offset` was committed and has this key and value. The transaction that
/// wrote it must have ended.
[[nodiscard]] schemas::result<bool> changelog_has(const settings& from, std::int32_t partition,
                                                  std::int64_t offset, const state::row& record);

} // namespace laurel::topology::kafka
