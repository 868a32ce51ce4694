#include "actors/committer.hpp"

#include "schemas/base/failpoint.hpp"

#include <utility>

namespace laurel::actors {

using schemas::failpoint;
using schemas::reach;
using steady = std::chrono::steady_clock;

committer::committer(parts from, std::unique_ptr<job_runner> runner)
    : from_(from), last_flush_(steady::now()), runner_(std::move(runner)) {}

committer::~committer() {
  runner_->post([this] { let_go(); });
  runner_.reset();
}

void committer::open(store_origin begin, on_opened answer) {
  runner_->post([this, begin, answer = std::move(answer)] { answer(take(begin)); });
}

void committer::commit(std::shared_ptr<const commit_batch> batch, on_committed answer) {
  runner_->post([this, batch = std::move(batch), answer = std::move(answer)]() mutable {
    const auto started = steady::now();
    auto outcome = write(*batch);
    batch.reset();
    const auto took =
      std::chrono::duration_cast<std::chrono::milliseconds>(steady::now() - started);
    answer(std::move(outcome), took);
    flush_if_due();
  });
}

void committer::close(on_closed answer) {
  runner_->post([this, answer = std::move(answer)] {
    let_go();
    answer();
  });
}

schemas::result<opened_task> committer::take(store_origin begin) {
  let_go();
  auto log = from_.logs->open(from_.partition);
  if (!log)
    return tl::unexpected{log.error()};
  log_ = std::move(*log);
  auto opened = take_over(from_.partition, *log_, *from_.stores, begin);
  if (!opened) {
    let_go();
    return opened;
  }
  store_ = opened->store;
  from_.directory->publish(from_.partition, store_);
  return opened;
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
  // The log has it. A store that cannot take it is behind, never wrong: opening the task again
  // replays this commit from the changelog.
  if (auto applied = store_->apply(batch.rows, outcome.changelog_position); !applied)
    return {commit_outcome::kind::aborted, 0, "store: " + applied.error().message,
            applied.error().code};
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
