// Pauses of a partition actor, and what else an operator may order. A pause is a drain that does
// not close: what is evaluated is committed, nothing more is read, queries are still answered.

#include "actors/partition_actor.hpp"

#include <string>

namespace laurel::actors {

void partition_actor_state::on_order(const steer_task& order) {
  if (is_releasing_ || phase_ == task_phase::closed)
    return;
  switch (order.what) {
  case task_order::pause:
    pause(order.reason.empty() ? "paused by command" : order.reason);
    return;
  case task_order::resume:
    resume();
    return;
  case task_order::restart:
    reopen(store_origin::what_is_there);
    return;
  case task_order::rebuild:
    reopen(store_origin::nothing);
    return;
  }
}

void partition_actor_state::pause(const std::string& reason) {
  ++pause_number_;
  pause_reason_ = reason;
  context_->journal->note(
    severity::warning, "task pauses",
    {{"target", "task"}, {"partition", std::to_string(partition_)}, {"reason", reason}});
  if (phase_ == task_phase::paused)
    reason_ = reason;
  if (phase_ != task_phase::running) // A task that comes up looks at the reason.
    return;
  phase_ = task_phase::draining;
  reason_ = reason;
  context_->feed->stop(partition_);
  session_ = 0;
  give_credit(queue_->clear());
  close_if_drained();
}

void partition_actor_state::resume() {
  if (pause_reason_.empty())
    return;
  ++pause_number_;
  pause_reason_.clear();
  breaker_->reset();
  context_->journal->note(severity::info, "task resumes",
                          {{"target", "task"}, {"partition", std::to_string(partition_)}});
  if (phase_ == task_phase::paused)
    begin_reading(); // One that still drains reads on when it has drained.
}

/// Whatever the task does: it begins again from what is committed. A takeover that is under way is
/// finished first and then ignored, for its generation is over.
void partition_actor_state::reopen(store_origin begin) {
  context_->journal->note(severity::warning,
                          begin == store_origin::nothing ? "task is rebuilt by command"
                                                         : "task is restarted by command",
                          {{"target", "task"}, {"partition", std::to_string(partition_)}});
  open(begin);
}

/// A flood of dead letters means that a producer or a setting is wrong: the rest of the input waits
/// until somebody has looked, or for `breaker_pause`.
void partition_actor_state::watch_for_flood() {
  const bool trips = breaker_->on_round(round_->records, round_->undecodable.size());
  if (!trips || phase_ != task_phase::running)
    return;
  breaker_->reset();
  const auto& letters = round_->undecodable;
  std::string last;
  if (!letters.empty() && !letters.back().batch->faults.empty())
    last = "; one says: " + letters.back().batch->faults.back().second.message;
  pause("a flood of dead letters, " + std::to_string(letters.size()) + " of the last "
        + std::to_string(round_->records) + " records; goes on by itself after "
        + std::to_string(context_->settings.breaker_pause.count() / 1'000)
        + " s, or by `laurel tasks resume`" + last);
  self_->delayed_send(self_, context_->settings.breaker_pause, breaker_pause_over{pause_number_});
}

} // namespace laurel::actors
