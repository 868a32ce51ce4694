#pragma once

#include "schemas/base/time.hpp"
#include "state/timer.hpp"

#include <algorithm>
#include <cstddef>
#include <limits>
#include <optional>
#include <vector>

namespace laurel::actors {

/// Users to be woken together, and up to when time passes for them: to where timers were asked for,
/// or, if there are more than these, to the last of these.
struct timer_run {
  std::vector<state::timer> timers; // By due time.
  schemas::event_time to;
};

/// Which timers of a task have to fire, and when the store has to be asked for them. Plain class;
/// owned by one partition actor.
///
/// The store holds what is committed; what a window has staged comes to it later. So the index is
/// read by a cursor that moves on as timers are taken, and goes back only when a commit has brought
/// timers from before it. A task without timers asks once, when it starts.
class timer_schedule {
public:
  /// What to ask the store, if something may be due at `now` that is not known here and nobody is
  /// asking; `found` has to follow.
  std::optional<state::timer_query> look(schemas::event_time now, std::size_t count_max);
  void found(state::due_timers what);

  /// Timers that were found and not taken yet, all at once.
  bool has_due() const { return !run_.timers.empty(); }
  timer_run take();

  /// A user in the window that fills has set a timer.
  void staged(schemas::event_time due) { filling_ = std::min(filling_, due); }
  void window_taken();     // It is being committed; another one fills.
  void window_committed(); // And is in the store.

  /// Nothing that is due before this has yet to fire; nothing: there are no timers.
  std::optional<schemas::event_time> next() const;

private:
  static constexpr auto never = schemas::event_time{std::numeric_limits<std::int64_t>::max()};

  void go_back(schemas::event_time due);

  timer_run run_;
  state::timer cursor_{schemas::event_time::lowest(), {}};   // What lies before it has been taken.
  schemas::event_time next_ = schemas::event_time::lowest(); // When the next one from there is due.
  std::optional<schemas::event_time> reading_until_;         // Of a query under way.
  schemas::event_time missed_ = never;     // Came into the store while it was under way.
  schemas::event_time filling_ = never;    // The earliest in the window that fills ...
  schemas::event_time committing_ = never; // ... and in the one being committed.
};

} // namespace laurel::actors
