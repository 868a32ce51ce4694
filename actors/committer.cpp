#include "actors/committer.hpp"

#include "schemas/base/failpoint.hpp"

#include <utility>

namespace laurel::actors {

using schemas::failpoint;
using schemas::reach;
using steady = std::chrono::steady_clock;

committer::committer(parts from)
    : from_(from), last_flush_(steady::now()), thread_([this] { run(); }) {}

committer::~committer() {
  enqueue(close_job{});
  thread_.join();
}

void committer::open(on_opened answer) {
  enqueue(open_job{std::move(answer)});
}

void committer::commit(std::shared_ptr<const commit_batch> batch, on_committed answer) {
  enqueue(commit_job{std::move(batch), std::move(answer)});
}

void committer::close(on_closed answer) {
  enqueue(close_job{std::move(answer)});
}

void committer::enqueue(job what) {
  {
    const std::lock_guard lock{mutex_};
    jobs_.push_back(std::move(what));
  }
  wake_.notify_one();
}

void committer::run() {
  for (;;) {
    std::unique_lock lock{mutex_};
    wake_.wait(lock, [this] { return !jobs_.empty(); });
    auto next = std::move(jobs_.front());
    jobs_.pop_front();
    lock.unlock();
    if (auto* last = std::get_if<close_job>(&next)) {
      let_go();
      if (last->answer)
        last->answer();
      return;
    }
    if (auto* job = std::get_if<open_job>(&next))
      perform(*job);
    else
      perform(std::get<commit_job>(next));
  }
}

void committer::perform(open_job& job) {
  let_go();
  auto log = from_.logs->open(from_.partition);
  if (!log) {
    job.answer(tl::unexpected{log.error()});
    return;
  }
  log_ = std::move(*log);
  auto opened = take_over(from_.partition, *log_, *from_.stores);
  if (opened) {
    store_ = opened->store;
    from_.directory->publish(from_.partition, store_);
  } else {
    let_go();
  }
  job.answer(std::move(opened));
}

void committer::perform(commit_job& job) {
  const auto started = steady::now();
  auto outcome = write(*job.batch);
  job.batch.reset();
  const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(steady::now() - started);
  job.answer(std::move(outcome), took);
  flush_if_due();
}

commit_outcome committer::write(const commit_batch& batch) {
  if (log_ == nullptr)
    return {commit_outcome::kind::aborted, 0, "the task is not open"};
  auto outcome = log_->commit(batch);
  if (outcome.what != commit_outcome::kind::committed) {
    reach(failpoint::k16_abort);
    return outcome;
  }
  reach(failpoint::k7_committed);
  // Kafka has it. A store that cannot take it is behind, never wrong: opening the task again
  // replays this commit from the changelog.
  if (auto applied = store_->apply(batch.rows, outcome.changelog_position); !applied)
    return {commit_outcome::kind::aborted, 0, "store: " + applied.error().message};
  reach(failpoint::k9_store_written);
  return outcome;
}

void committer::flush_if_due() {
  if (store_ == nullptr || steady::now() - last_flush_ < from_.flush_interval)
    return;
  last_flush_ = steady::now();
  reach(failpoint::k11_memtable_flush);
  // A failed flush shows again at the next apply, which is where it is handled.
  (void) store_->flush();
}

void committer::let_go() {
  from_.directory->withdraw(from_.partition);
  log_.reset();
  store_.reset();
}

} // namespace laurel::actors
