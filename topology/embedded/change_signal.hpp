#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>

namespace laurel::topology::embedded {

/// Wakes one waiting thread when something has changed. It counts, so that a change between looking
/// and waiting is never missed. Safe from any thread.
class change_signal {
public:
  std::uint64_t count() const {
    const std::lock_guard lock(mutex_);
    return count_;
  }

  void raise() {
    {
      const std::lock_guard lock(mutex_);
      ++count_;
    }
    changed_.notify_all();
  }

  /// Returns once the count is past `seen`.
  void wait(std::uint64_t seen) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return count_ != seen; });
  }

  /// As above, but returns false after `timeout`.
  bool wait_for(std::uint64_t seen, std::chrono::milliseconds timeout) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, timeout, [&] { return count_ != seen; });
  }

private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::uint64_t count_ = 0;
};

} // namespace laurel::topology::embedded
