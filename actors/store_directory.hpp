#pragma once

#include "schemas/base/result.hpp"
#include "state/user_store.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>

namespace laurel::actors {

/// PORT: opens the store of a task. Called by committer threads; may block.
class store_factory {
public:
  virtual ~store_factory() = default;
  [[nodiscard]] virtual schemas::result<std::shared_ptr<state::user_store>>
  open(std::int32_t partition) = 0;

  /// Moves a store that cannot be trusted out of the way, so that `open` makes an empty one that
  /// the changelog fills again. The store must be closed.
  [[nodiscard]] virtual schemas::result<void> quarantine(std::int32_t partition) = 0;
};

/// The stores that are open and up to date here, for queries: a query reads committed state
/// straight from the store and costs no actor a message. Safe from any thread.
class store_directory {
public:
  void publish(std::int32_t partition, std::shared_ptr<const state::user_store> store) {
    const std::lock_guard lock{mutex_};
    stores_[partition] = std::move(store);
  }

  void withdraw(std::int32_t partition) {
    const std::lock_guard lock{mutex_};
    stores_.erase(partition);
  }

  /// Null if the partition is not ours or still restores.
  std::shared_ptr<const state::user_store> of(std::int32_t partition) const {
    const std::lock_guard lock{mutex_};
    const auto found = stores_.find(partition);
    return found == stores_.end() ? nullptr : found->second;
  }

private:
  mutable std::mutex mutex_;
  std::map<std::int32_t, std::shared_ptr<const state::user_store>> stores_;
};

} // namespace laurel::actors
