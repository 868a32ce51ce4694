#pragma once

#include "actors/ports.hpp"
#include "actors/store_directory.hpp"
#include "state/meta.hpp"
#include "state/parked.hpp"

#include <memory>
#include <vector>

namespace laurel::actors {

/// A task that may run: everything here is committed and agrees with the log.
struct opened_task {
  std::shared_ptr<state::user_store> store;
  state::task_meta meta; // `next_offset` is where to read from; `owner_epoch` is already ours.
  std::uint64_t restored_rows = 0;
  std::vector<state::parked_user> parked; // Whose records wait.
};

/// What a store is brought up to date from. `nothing` is for one that gave itself away as damaged
/// while it was in use: it is moved aside, and the changelog is read from its beginning.
enum class store_origin : std::uint8_t { what_is_there, nothing };

/// Takes a partition over, in the only order that is safe: fence the previous owner, read the
/// stable committed offsets, replay the changelog from the store's position to its end, and
/// compare.
/// `__meta` decides: an absent group offset is taken from it, a differing one is refused. A store
/// that is corrupt, or ahead of the changelog, is quarantined and filled again from its beginning.
///
/// Blocks; runs on the task's committer thread. Errors: `refused` (the message names the cure),
/// `fenced`, `transient`.
[[nodiscard]] schemas::result<opened_task>
take_over(std::int32_t partition, task_log& log, store_factory& stores,
          store_origin begin = store_origin::what_is_there);

} // namespace laurel::actors
