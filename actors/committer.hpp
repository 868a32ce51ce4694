#pragma once

#include "actors/job_runner.hpp"
#include "actors/ports.hpp"
#include "actors/store_directory.hpp"
#include "actors/takeover.hpp"

#include <chrono>
#include <functional>
#include <memory>

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

  committer(parts from, std::unique_ptr<job_runner> runner);

  /// Waits for the job in hand. Call `close` first and wait for its answer to not block here.
  ~committer();

  committer(const committer&) = delete;
  committer& operator=(const committer&) = delete;

  /// Takes the task over, dropping what an earlier `open` gave; from what `begin` says.
  void open(store_origin begin, on_opened answer);

  /// Writes one transaction. A failed one leaves the task to be opened again.
  void commit(std::shared_ptr<const commit_batch> batch, on_committed answer);

  /// Lets go of log and store.
  void close(on_closed answer);

private:
  // These run on the runner only, and so does everything they touch.
  schemas::result<opened_task> take(store_origin begin);
  commit_outcome write(const commit_batch& batch);
  void flush_if_due();
  void let_go();

  parts from_;
  std::unique_ptr<task_log> log_;
  std::shared_ptr<state::user_store> store_;
  std::chrono::steady_clock::time_point last_flush_;
  std::unique_ptr<job_runner> runner_; // Last: ends before what its jobs use.
};

} // namespace laurel::actors
