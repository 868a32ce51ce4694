// The clock of a partition actor and the timers that it fires. Events are in partition_rounds.cpp.
//
//              records                    at their end for idle_after
//   reading ------------> reading    reading -----------------------> idle
//   idle    ------------> reading    idle: the wall clock, looked at when a timer is due
//
// While it reads, the clock of timers is the greatest event time read since the task was last
// idle: what is loaded, or was missed, is read before the streaks that it saves are ended.

#include "actors/partition_actor.hpp"

#include <algorithm>
#include <utility>

namespace laurel::actors {

namespace {

using std::chrono::milliseconds;

/// The wall clock may be set; nobody should wait for it longer than this.
constexpr milliseconds clock_wait_max{60'000};

} // namespace

/// Whether nothing is left to be read or evaluated.
bool partition_actor_state::is_at_end() const {
  const auto& ends = status_.at_end;
  return round_ == nullptr && queue_->empty()
         && std::all_of(ends.begin(), ends.end(), [](bool at_end) { return at_end; });
}

void partition_actor_state::look_for_timers() {
  auto query =
    timers_.look(is_idle_ ? meta_.clock : read_until_, context_->settings.timers_per_round_max);
  if (!query)
    return;
  const partition_actor me = self_;
  reader_->post([me, generation = generation_, store = store_, query = std::move(*query)] {
    caf::anon_send(me, timers_found{generation, store->due(query)});
  });
}

void partition_actor_state::on_timers(timers_found& message) {
  if (message.generation != generation_)
    return;
  if (!message.what) {
    fail(class_of(message.what.error().code), "reading timers: " + message.what.error().message);
    return;
  }
  timers_.found(std::move(*message.what));
  start_round_if_possible();
}

/// Wakes the users whose timers were found; false if there are none.
bool partition_actor_state::start_timer_round() {
  if (!timers_.has_due())
    return false;
  start(make_timer_round(timers_.take(), meta_.clock, *users_, ++round_number_, meta_.next_offset));
  return true;
}

/// Keeps what one user made of its timer.
void partition_actor_state::stage_timer(const user_effects& effects) {
  if (effects.timer)
    timers_.staged(*effects.timer);
  if (!round_->is_of_timers())
    return;
  ++status_.timers_fired;
  if (!effects.rows.empty())
    window_.count_records(1);
}

/// Records have come: until the inputs are at their end again, event time alone counts.
void partition_actor_state::leave_idle() {
  ++clock_tick_number_;
  clock_tick_set_ = false;
  if (is_idle_)
    read_until_ = schemas::event_time::lowest();
  is_idle_ = false;
}

/// Looks at the wall clock again once the task has been idle for long, or a timer may be due.
void partition_actor_state::set_clock_tick() {
  if (clock_tick_set_ || !is_at_end())
    return;
  auto wait = context_->settings.timers_idle_after;
  if (is_idle_) {
    const auto next = timers_.next();
    if (!next || *next <= meta_.clock) // None, or a look or a commit is under way and comes here.
      return;
    wait =
      milliseconds(std::clamp<std::int64_t>(next->ms - meta_.clock.ms, 1, clock_wait_max.count()));
  }
  clock_tick_set_ = true;
  self_->delayed_send(self_, wait, clock_tick{++clock_tick_number_});
}

void partition_actor_state::on_clock_tick(const clock_tick& message) {
  if (message.number != clock_tick_number_)
    return;
  clock_tick_set_ = false;
  if (phase_ != task_phase::running || !is_at_end())
    return;
  is_idle_ = true;
  meta_.clock = std::max(meta_.clock, context_->wall_clock());
  start_round_if_possible();
}

} // namespace laurel::actors
