#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <mutex>

namespace laurel::actors {

/// Lets the feed's thread wait until the tasks of revoked partitions have let go: the one place
/// where a thread waits for actors, because the group must not hand a partition on before. The
/// actors count down, the thread waits with a deadline. Safe from any thread.
class release_latch {
public:
  explicit release_latch(std::size_t tasks) : left_(tasks) {}

  void count_down() {
    {
      const std::lock_guard lock{mutex_};
      if (left_ > 0)
        --left_;
    }
    all_gone_.notify_all();
  }

  /// False if the deadline came first.
  bool wait_for(std::chrono::milliseconds deadline) {
    std::unique_lock lock{mutex_};
    return all_gone_.wait_for(lock, deadline, [this] { return left_ == 0; });
  }

private:
  std::mutex mutex_;
  std::condition_variable all_gone_;
  std::size_t left_;
};

} // namespace laurel::actors
