#pragma once

#include "actors/ports.hpp"
#include "actors/store_directory.hpp"
#include "actors/takeover.hpp"

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <variant>

namespace laurel::actors {

/// A task's committer: a thread of its own, so that one slow transaction stalls nobody else. It
/// takes the task over and then writes its transactions one after another: Kafka first, then one
/// batch into the store. Knows nothing of actors; answers through callbacks, which it calls on its
/// thread and which must not block.
class committer {
public:
  /// Where the parts come from; all outlive the committer.
  struct parts {
    std::int32_t partition = 0;
    task_log_factory* logs = nullptr;
    store_factory* stores = nullptr;
    store_directory* directory = nullptr;
    std::chrono::seconds flush_interval{60};
  };
  using on_opened = std::function<void(schemas::result<opened_task>)>;
  using on_committed = std::function<void(commit_outcome, std::chrono::milliseconds took)>;
  using on_closed = std::function<void()>;

  explicit committer(parts from);

  /// Waits for the job in hand. Call `close` first and wait for its callback to not block here.
  ~committer();

  committer(const committer&) = delete;
  committer& operator=(const committer&) = delete;

  /// Takes the task over, dropping what an earlier `open` gave.
  void open(on_opened answer);

  /// Writes one transaction. A failed one leaves the task to be opened again.
  void commit(std::shared_ptr<const commit_batch> batch, on_committed answer);

  /// Lets go of log and store; nothing may be asked afterwards.
  void close(on_closed answer);

private:
  struct open_job { on_opened answer; };
  struct commit_job { std::shared_ptr<const commit_batch> batch; on_committed answer; };
  struct close_job { on_closed answer; };
  using job = std::variant<open_job, commit_job, close_job>;

  void enqueue(job what);
  void run();
  void perform(open_job& job);
  void perform(commit_job& job);
  commit_outcome write(const commit_batch& batch);
  void flush_if_due();
  void let_go();

  parts from_;
  std::unique_ptr<task_log> log_;
  std::shared_ptr<state::user_store> store_;
  std::chrono::steady_clock::time_point last_flush_;

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<job> jobs_; // Guarded by mutex_.
  std::thread thread_;
};

} // namespace laurel::actors
