#include "actors/partition_actor.hpp"

#include "schemas/base/failpoint.hpp"

#include <algorithm>
#include <utility>

namespace laurel::actors {

namespace {

using schemas::failpoint;
using schemas::reach;
using std::chrono::milliseconds;

failure_class class_of(const commit_outcome& outcome) {
  return outcome.what == commit_outcome::kind::fenced ? failure_class::fenced
                                                      : actors::class_of(outcome.cause);
}

} // namespace

void partition_actor_state::init(self_pointer self, std::int32_t partition,
                                 const task_context* context, supervisor_actor supervisor) {
  self_ = self;
  context_ = context;
  supervisor_ = std::move(supervisor);
  partition_ = partition;
  committer_ = std::make_unique<committer>(committer::parts{partition, context->logs,
                                                            context->stores, context->directory,
                                                            context->settings.flush_interval},
                                           context->make_runner());
  reader_ = context->make_runner();
  breaker_.emplace(context->settings.breaker);
  open(store_origin::what_is_there);
}

partition_actor::behavior_type partition_actor_state::make_behavior() {
  return {
    [this](task_opened& message) { on_opened(message); },
    [this](const records_arrived& message) { on_records(message); },
    [this](rows_loaded& message) { on_rows(message); },
    [this](timers_found& message) { on_timers(message); },
    [this](const clock_tick& message) { on_clock_tick(message); },
    [this](const round_answered& message) { on_answered(message); },
    [this](parked_loaded& message) { on_parked_loaded(message); },
    [this](const window_committed& message) { on_committed(message); },
    [this](const commit_tick& message) {
      if (message.number != tick_number_)
        return;
      tick_set_ = false;
      commit_if_due();
    },
    [this](const unpark_user& message) { return on_unpark(message); },
    [this](const input_wait_over& message) {
      if (message.number != input_wait_number_)
        return;
      awaits_input_ = false;
      queue_->stop_waiting();
      start_round_if_possible();
    },
    [this](const reopen_task& message) {
      const bool waits = phase_ == task_phase::backing_off || phase_ == task_phase::failed;
      if (message.generation == generation_ && waits)
        open(message.begin);
    },
    [this](const give_up_task& message) {
      if (message.generation == generation_ && phase_ == task_phase::backing_off)
        phase_ = task_phase::failed;
    },
    [this](const steer_task& message) { on_order(message); },
    [this](const breaker_pause_over& message) {
      if (message.number == pause_number_ && !pause_reason_.empty())
        resume();
    },
    [this](rules_changed& message) {
      pending_rules_ = std::move(message);
      start_round_if_possible();
    },
    [this](const release_task& message) { on_release(message); },
    [this](committer_closed) {
      self_->send(supervisor_, task_released{partition_});
      self_->quit();
    },
    [this](read_task) { return status(); },
  };
}

// -- life of the task ----------------------------------------

void partition_actor_state::open(store_origin begin) {
  phase_ = task_phase::opening;
  drop_memory();
  const partition_actor me = self_;
  committer_->open(begin, [me, generation = generation_](schemas::result<opened_task> opened) {
    caf::anon_send(me, task_opened{generation, std::move(opened)});
  });
}

void partition_actor_state::on_opened(task_opened& message) {
  if (message.generation != generation_ || phase_ != task_phase::opening)
    return;
  if (!message.what) {
    fail(actors::class_of(message.what.error().code), message.what.error().message);
    return;
  }
  store_ = message.what->store;
  meta_ = std::move(message.what->meta);
  meta_.owner = context_->settings.instance_id;
  status_.committed = meta_;
  for (auto& user : message.what->parked) {
    parked_bytes_ += user.bytes;
    auto id = user.user_id;
    parked_.emplace(std::move(id), std::move(user));
  }
  status_.restored_rows += message.what->restored_rows;
  if (rules_.book != nullptr && !pending_rules_) // The same book again, from what is committed.
    pending_rules_ = rules_changed{rules_.book, meta_.catalog_position};
  context_->journal->note(severity::info, "task running",
                          {{"partition", std::to_string(partition_)},
                           {"epoch", std::to_string(meta_.owner_epoch)},
                           {"commit", std::to_string(meta_.commit_number)},
                           {"restored_rows", std::to_string(message.what->restored_rows)}});
  begin_reading();
}

/// From what is committed on, unless the task is to pause.
void partition_actor_state::begin_reading() {
  reason_ = pause_reason_;
  if (!pause_reason_.empty()) {
    phase_ = task_phase::paused;
    return;
  }
  phase_ = task_phase::running;
  session_ = context_->feed->start(partition_, meta_.next_offset);
}

/// Everything that fails ends here: the memory is dropped, and the supervisor decides when the task
/// is opened again from what is committed.
void partition_actor_state::fail(failure_class what, const std::string& reason) {
  has_failed_ = true;
  phase_ = task_phase::backing_off;
  reason_ = reason;
  drop_memory();
  self_->send(supervisor_, task_failed{partition_, generation_, what, reason});
}

void partition_actor_state::drop_memory() {
  ++generation_;
  end_unpark("the task was interrupted; try again");
  parked_.clear();
  parked_changed_.clear();
  parked_bytes_ = 0;
  context_->feed->stop(partition_);
  session_ = 0;
  if (queue_)
    give_credit(queue_->clear());
  const auto& settings = context_->settings;
  queue_.emplace(
    input_queue::decoding{settings.partition_count, settings.append_time_is_event_time,
                          rules_.book != nullptr ? rules_.book->reads() : schemas::projection{}});
  users_.emplace(settings.awake_users_max);
  round_.reset();
  window_.clear();
  committing_ = false;
  ++tick_number_;
  tick_set_ = false;
  ++input_wait_number_;
  awaits_input_ = false;
  timers_ = {};
  leave_idle();
  read_until_ = schemas::event_time::lowest();
  status_.at_end = {};
  store_.reset();
}

void partition_actor_state::on_release(release_task how) {
  reach(failpoint::k15_revocation);
  const bool is_at_work = phase_ == task_phase::running || phase_ == task_phase::draining;
  if (!is_at_work || how.lost) {
    close();
    return;
  }
  is_releasing_ = true;
  phase_ = task_phase::draining;
  context_->feed->stop(partition_);
  give_credit(queue_->clear());
  close_if_drained();
}

/// While draining: what is evaluated is committed, and nothing new begins.
void partition_actor_state::close_if_drained() {
  if (round_ != nullptr || committing_)
    return;
  reach(failpoint::k18_drain);
  if (!window_.empty())
    commit();
  else if (is_releasing_)
    close();
  else
    begin_reading(); // Or stays paused.
}

void partition_actor_state::close() {
  phase_ = task_phase::closed;
  drop_memory();
  const partition_actor me = self_;
  committer_->close([me] { caf::anon_send(me, committer_closed{}); });
}

// -- commits ----------------------------------------

/// Commits if that is due; sets a timer for when it will be, otherwise.
void partition_actor_state::commit_if_due() {
  const bool nothing_to_do = phase_ != task_phase::running || window_.empty() || committing_
                             || round_ != nullptr; // The end of the round looks again.
  if (nothing_to_do)
    return;
  const auto now = self_->clock().now();
  if (is_commit_due(now)) {
    commit();
    return;
  }
  if (tick_set_)
    return;
  tick_set_ = true;
  const auto since = std::chrono::duration_cast<commit_pace::duration>(now - last_commit_);
  const auto wait = std::max<commit_pace::duration>(commit_interval() - since, milliseconds{1});
  self_->delayed_send(self_, wait, commit_tick{++tick_number_});
}

/// With little to do, soon, so that a badge is seen at once; with a backlog, seldom, so that a user
/// who changes ten times is written once.
bool partition_actor_state::is_commit_due(caf::actor_clock::time_point now) {
  const auto& settings = context_->settings;
  const auto since = now - last_commit_;
  if (since < commit_interval())
    return false;
  return queue_->empty() || since >= settings.commit_interval_max
         || window_.records() >= settings.commit_records_max
         || window_.bytes() >= settings.commit_bytes_max;
}

commit_pace::duration partition_actor_state::commit_interval() const {
  const auto& settings = context_->settings;
  return pace_.interval(settings.commit_interval_min, settings.commit_interval_max);
}

void partition_actor_state::commit() {
  stage_parked_users();
  ++meta_.commit_number;
  committing_ = true;
  committing_meta_ = meta_;
  last_commit_ = self_->clock().now();
  ++window_number_;
  timers_.window_taken();
  const partition_actor me = self_;
  committer_->commit(window_.take(meta_),
                     [me, generation = generation_](commit_outcome outcome, milliseconds took) {
                       caf::anon_send(me, window_committed{generation, std::move(outcome), took});
                     });
}

void partition_actor_state::on_committed(const window_committed& message) {
  if (message.generation != generation_)
    return;
  committing_ = false;
  if (message.outcome.what != commit_outcome::kind::committed) {
    ++status_.aborts;
    if (is_releasing_) // What is not committed is the next owner's to do again.
      close();
    else
      fail(class_of(message.outcome), "commit: " + message.outcome.reason);
    return;
  }
  reach(failpoint::k10_published);
  timers_.window_committed();
  if (std::exchange(has_failed_, false))
    self_->send(supervisor_, task_recovered{partition_});
  status_.committed = std::move(committing_meta_);
  ++status_.commits;
  status_.last_commit_ms = message.took.count();
  pace_.note(message.took);
  users_->evict(window_number_ - 1);
  if (unpark_ && unpark_->at == unpark_in_hand::stage::commits)
    end_unpark({});
  if (phase_ == task_phase::draining) {
    close_if_drained();
    return;
  }
  if (unpark_)
    return continue_unpark();
  commit_if_due();
  start_round_if_possible(); // A full window may have held it up.
}

// -- for people ----------------------------------------

task_status partition_actor_state::status() const {
  auto now = status_;
  now.partition = partition_;
  now.phase = phase_;
  now.reason = reason_;
  now.awake_users = users_ ? users_->size() : 0;
  for (const auto& [id, user] : parked_)
    now.parked.push_back(user);
  now.waiting_records = queue_ ? queue_->waiting_records() : 0;
  now.next_timer = timers_.next();
  const bool is_settled = is_idle_ && is_at_end() && window_.empty() && !committing_
                          && (!now.next_timer || *now.next_timer > meta_.clock);
  if (is_settled)
    now.settled_until = meta_.clock;
  return now;
}

partition_actor::behavior_type
run_partition_actor(partition_actor::stateful_pointer<partition_actor_state> self,
                    std::int32_t partition, const task_context* context,
                    supervisor_actor supervisor) {
  self->state.init(self, partition, context, std::move(supervisor));
  return self->state.make_behavior();
}

} // namespace laurel::actors
