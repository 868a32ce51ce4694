#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

namespace laurel::topology {

/// Why the process is to end.
struct ending {
  int exit_code = 0;
  std::string reason;
};

/// Waits for the reason to end: SIGINT, SIGTERM, a deadline, or a part that cannot go on. After the
/// first, a second signal ends the process at once, and so does the shutdown deadline.
///
/// Make it before any other thread, so that all of them leave the signals to it.
class termination {
public:
  explicit termination(std::chrono::milliseconds shutdown_deadline);
  ~termination();
  termination(const termination&) = delete;
  termination& operator=(const termination&) = delete;

  /// Some part cannot go on. The first reason counts. Any thread.
  void request(ending why);

  /// Returns the reason; with `at_most`, exit code 0 when that has passed.
  ending wait(std::optional<std::chrono::milliseconds> at_most);

private:
  void watch_signals();

  std::chrono::milliseconds shutdown_deadline_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<ending> ending_; // Guarded by mutex_, as are the next two.
  bool shutting_down_ = false;
  bool over_ = false;
  std::thread signals_;
};

} // namespace laurel::topology
