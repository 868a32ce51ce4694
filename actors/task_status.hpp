#pragma once

#include "actors/ports.hpp"
#include "state/meta.hpp"
#include "state/parked.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace laurel::actors {

/// Where a task is in its life.
///
///   opening --opened--> running --release--> draining --> closed
///      ^                   |  ^----resume--+    |
///      |                   +----pause------|----+--> paused
///      +---- backing off <-+  any failure: memory is dropped, what is committed is read again
///
///   opening --refused--> failed   going on would lose data; the reason names the cure
///   backing off --------> failed  the restarts are used up; it is tried again much later
enum class task_phase : std::uint8_t {
  opening,
  running,
  draining,
  backing_off,
  failed,
  closed,
  paused
};
inline constexpr std::size_t task_phase_count = 7;

std::string_view text_of(task_phase phase);

/// What people ask about a task; a copy, made between two rounds.
struct task_status {
  std::int32_t partition = 0;
  task_phase phase = task_phase::opening;
  std::string reason; // Why it is not running, empty if it is.
  state::task_meta committed;
  std::size_t awake_users = 0;
  std::size_t waiting_records = 0; // Delivered and not yet evaluated.
  std::uint64_t commits = 0;       // Since this process took the task over.
  std::uint64_t aborts = 0;
  std::uint64_t restored_rows = 0;
  std::int64_t last_commit_ms = 0; // How long the last commit took.
  std::vector<state::parked_user> parked;
  std::uint64_t failures = 0; // Of the task, since this process started.
  std::string last_failure;   // "CLASS: why", also when it is over.
  std::array<bool, schemas::input_count> at_end{};
  std::uint64_t timers_fired = 0; // Users woken since this process took the task over.
  std::optional<schemas::event_time> next_timer;
  /// The inputs are at their end, and everything due until then is decided and committed; nothing
  /// while there is something to do.
  std::optional<schemas::event_time> settled_until;
};

} // namespace laurel::actors
