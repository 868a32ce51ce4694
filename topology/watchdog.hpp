#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

namespace laurel::topology {

/// Ends a process that stands still: it asks the supervisor actor again and again whether it runs,
/// and without an answer for `misses_max` intervals in a row it calls `on_stuck`. A process that
/// stands still would hold its partitions for ever, for the client library keeps sending heartbeats
/// from a thread of its own.
///
/// Counts its own wake-ups, not the clock: a process that was suspended for an hour is not stuck.
/// Has a thread of its own; the answers come from any thread.
class watchdog {
public:
  struct parts {
    /// Sends a question; `heard` is called by whoever answers it, perhaps never.
    std::function<void(std::function<void()> heard)> ask;
    std::function<void(const std::string& reason)> on_stuck;
    std::chrono::milliseconds interval{5'000};
    int misses_max = 9; // With the interval above, 45 s.
  };

  explicit watchdog(parts from);
  ~watchdog(); // Ends the thread.
  watchdog(const watchdog&) = delete;
  watchdog& operator=(const watchdog&) = delete;

  /// One interval is over; returns whether the process stands still. Called by the thread.
  bool look();

private:
  void run();

  parts from_;
  std::shared_ptr<std::atomic<int>> unheard_ = std::make_shared<std::atomic<int>>(0);
  std::mutex mutex_;
  std::condition_variable wake_;
  bool is_ending_ = false; // Guarded by mutex_.
  std::thread thread_;
};

} // namespace laurel::topology
