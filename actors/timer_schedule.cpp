#include "actors/timer_schedule.hpp"

#include <algorithm>
#include <utility>

namespace laurel::actors {

using schemas::event_time;

std::optional<state::timer_query> timer_schedule::look(event_time now, std::size_t count_max) {
  if (reading_until_ || has_due() || next_ > now)
    return std::nullopt;
  reading_until_ = now;
  return state::timer_query{cursor_, now, count_max};
}

void timer_schedule::found(state::due_timers what) {
  const auto until = *std::exchange(reading_until_, std::nullopt);
  run_.timers = std::move(what.timers);
  next_ = what.next.value_or(never);
  run_.to = until;
  if (!run_.timers.empty()) {
    const auto& last = run_.timers.back();
    if (next_ <= until) // There are more: time passes up to here first.
      run_.to = last.due;
    cursor_ = {last.due, last.user_id + '\0'}; // The least after it.
  }
  go_back(std::exchange(missed_, never));
}

timer_run timer_schedule::take() {
  return std::exchange(run_, {});
}

void timer_schedule::window_taken() {
  committing_ = std::exchange(filling_, never);
}

void timer_schedule::window_committed() {
  const auto due = std::exchange(committing_, never);
  if (reading_until_)
    missed_ = std::min(missed_, due);
  else
    go_back(due);
}

void timer_schedule::go_back(event_time due) {
  if (due == never)
    return;
  next_ = std::min(next_, due);
  if (due <= cursor_.due)
    cursor_ = {due, {}};
}

std::optional<event_time> timer_schedule::next() const {
  auto first = std::min({next_, filling_, committing_, missed_});
  if (has_due())
    first = std::min(first, run_.timers.front().due);
  return first != never ? std::optional(first) : std::nullopt;
}

} // namespace laurel::actors
