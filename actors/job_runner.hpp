#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

namespace laurel::actors {

/// Where blocking work runs, one job after another, so that no actor ever waits. Jobs know nothing
/// of actors: they post what they found.
class job_runner {
public:
  virtual ~job_runner() = default;

  /// Runs `job` after all earlier ones. Safe from any thread.
  virtual void post(std::function<void()> job) = 0;
};

/// Makes runners; tests replace the threads by something that has none.
using job_runner_factory = std::function<std::unique_ptr<job_runner>()>;

/// A thread with a queue. The destructor runs what was posted before it, then joins.
class job_thread final : public job_runner {
public:
  job_thread();
  ~job_thread() override;
  job_thread(const job_thread&) = delete;
  job_thread& operator=(const job_thread&) = delete;

  void post(std::function<void()> job) override;

private:
  void run();

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::function<void()>> jobs_; // Guarded by mutex_, as is stopping_.
  bool stopping_ = false;
  std::thread thread_;
};

} // namespace laurel::actors
