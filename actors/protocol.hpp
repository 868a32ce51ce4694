#pragma once

#include "actors/ports.hpp"
#include "actors/restart_policy.hpp"
#include "actors/signatures.hpp"
#include "actors/takeover.hpp"
#include "actors/task_order.hpp"
#include "actors/task_status.hpp"
#include "state/rules/rule_book.hpp"
#include "state/user_store.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace laurel::actors {

// Every message is a struct and every send carries exactly one. No atoms, no bare integers: a
// reader can search for the name, and the compiler checks it.
//
// Messages that concern a task's memory carry its generation. An abort raises the generation, and
// what an older one left in a mailbox is dropped.

struct round;

// -- messages of the USER actor -------------------------------------------------------

/// Asks a user to fold its group of a round's events, or to let time pass, and to write the answer
/// into the round's sheet. Sent by the partition.
struct evaluate_events {
  std::uint64_t generation = 0;
  std::uint32_t group = 0;
  std::shared_ptr<const round> what;
};

// -- messages of the PARTITION actor ---------------------------------------------------

/// The committer has taken the task over, or could not.
struct task_opened {
  std::uint64_t generation = 0;
  schemas::result<opened_task> what;
};

/// The feed has read records of this partition.
struct records_arrived {
  std::shared_ptr<const input_batch> batch;
};

/// Every user of the round in flight has answered. Sent by the one who was last.
struct round_answered {
  std::uint64_t generation = 0;
};

/// The store reader has read the rows of users that a round waits for.
struct rows_loaded {
  std::uint64_t generation = 0;
  std::vector<std::uint32_t> slots;
  schemas::result<std::vector<state::user_rows>> rows;
};

/// The store reader has looked for timers that are due.
struct timers_found {
  std::uint64_t generation = 0;
  schemas::result<state::due_timers> what;
};

/// Evaluates the records that wait for a parked user. Answered when that is committed, or with the
/// reason why nothing has changed.
struct unpark_user {
  std::int32_t partition = 0;
  std::string user_id;
};

struct user_unparked {
  std::uint64_t records = 0; // That waited.
  std::string problem;       // Not empty: the user is parked as before.
};

/// The store reader has read what waits for a parked user, and the user's own rows.
struct parked_loaded {
  struct found {
    std::vector<state::row> records;
    state::user_rows user;
  };
  std::uint64_t generation = 0;
  schemas::result<found> what;
};

/// The committer has written a window, or could not.
struct window_committed {
  std::uint64_t generation = 0;
  commit_outcome outcome;
  std::chrono::milliseconds took{0};
};

/// Time to look whether a commit is due.
struct commit_tick {
  std::uint64_t number = 0;
};

/// The records of one input have waited long enough for the other.
struct input_wait_over {
  std::uint64_t number = 0;
};

/// The inputs have been at their end for long, or a timer is due by the wall clock.
struct clock_tick {
  std::uint64_t number = 0;
};

/// The supervisor has the task opened again: the backoff after a failure is over.
struct reopen_task {
  std::uint64_t generation = 0;
  store_origin begin = store_origin::what_is_there;
};

/// The supervisor has given the task up, for now or until somebody says otherwise.
struct give_up_task {
  std::uint64_t generation = 0;
};

/// Sent by the supervisor for an operator.
struct steer_task {
  task_order what = task_order::pause;
  std::string reason; // For `pause`: shown in the status.
};

/// The pause after a flood of dead letters is over.
struct breaker_pause_over {
  std::uint64_t number = 0;
};

/// A newer rule book; in force from the next round on.
struct rules_changed {
  std::shared_ptr<const state::rules::rule_book> book;
  std::int64_t catalog_position = 0;
};

/// Commit what is evaluated and let the partition go; `lost`: it is someone else's already, so no
/// commit may be tried.
struct release_task {
  bool lost = false;
};

/// The committer's thread has let go of log and store.
struct committer_closed {};

/// Asks for a copy of the task's status.
struct read_task {};

// -- messages of the SUPERVISOR actor ---------------------------------------------------

/// The group gave us these partitions.
struct partitions_assigned {
  std::vector<std::int32_t> partitions;
};

/// Counts tasks that still have to let go; the feed's thread waits for it.
class release_latch;

/// The group takes these partitions away.
struct partitions_revoked {
  std::vector<std::int32_t> partitions;
  bool lost = false;
  std::shared_ptr<release_latch> done;
};

/// A task has failed and dropped its memory; the supervisor decides what follows.
struct task_failed {
  std::int32_t partition = 0;
  std::uint64_t generation = 0;
  failure_class what = failure_class::transient;
  std::string reason;
};

/// A task that had failed has committed again.
struct task_recovered {
  std::int32_t partition = 0;
};

/// An operator's order for some tasks, or for all of this process. Answered at once with the
/// partitions that are here; their status tells when it is done.
struct order_tasks {
  std::vector<std::int32_t> partitions; // Empty: all.
  task_order what = task_order::pause;
  std::string reason;
};

struct tasks_ordered {
  std::vector<std::int32_t> partitions;
};

/// A task has let its partition go and ends.
struct task_released {
  std::int32_t partition = 0;
};

/// Asks for the status of all tasks.
struct read_tasks {};

struct tasks_status {
  std::vector<task_status> tasks;
};

/// Asks whether the supervisor still runs: it calls `heard`, which must not block.
struct heartbeat {
  std::function<void()> heard;
};

/// Let all tasks go and end. The feed is closed by then.
struct shut_down {};

// -- messages of the RULES actor ----------------------------------------------------------

/// The catalog has a record for us.
struct catalog_changed {
  catalog_record record;
};

/// Everything that was in the catalog at start has been read.
struct catalog_caught_up {};

// -- handles ------------------------------------------------------------------------------

/// The single writer of one user's state.
using user_actor = caf::typed_actor<
  // Folds events, and writes down everything they changed.
  accepts<evaluate_events>>;

/// One task: feeds users in order, stages what they answer, has it committed.
using partition_actor =
  caf::typed_actor<accepts<task_opened>, accepts<records_arrived>, accepts<rows_loaded>,
                   accepts<round_answered>, accepts<timers_found>, accepts<clock_tick>,
                   accepts<parked_loaded>, accepts<window_committed>, accepts<commit_tick>,
                   answers<unpark_user, user_unparked>, accepts<input_wait_over>,
                   accepts<reopen_task>, accepts<give_up_task>, accepts<steer_task>,
                   accepts<breaker_pause_over>, accepts<rules_changed>, accepts<release_task>,
                   accepts<committer_closed>, answers<read_task, task_status>>;

/// Owns the tasks: starts them when assigned, restarts them when they fail, lets them go when
/// revoked, ends them in order.
using supervisor_actor = caf::typed_actor<
  accepts<partitions_assigned>, accepts<partitions_revoked>, accepts<records_arrived>,
  accepts<rules_changed>, accepts<task_released>, accepts<task_failed>, accepts<task_recovered>,
  answers<order_tasks, tasks_ordered>, answers<unpark_user, user_unparked>, accepts<task_status>,
  accepts<heartbeat>, answers<read_tasks, tasks_status>, accepts<shut_down>>;

/// Turns catalog records into rule books.
using rules_actor =
  caf::typed_actor<accepts<catalog_changed>, accepts<catalog_caught_up>, accepts<shut_down>>;

} // namespace laurel::actors

// -- registration ---------------------------------------------------------------------------
// These messages never leave the process, so they need no serialisation.

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(laurel::actors::evaluate_events)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(laurel::actors::round_answered)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(laurel::actors::task_opened)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(laurel::actors::records_arrived)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(laurel::actors::rows_loaded)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(laurel::actors::timers_found)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(laurel::actors::clock_tick)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(laurel::actors::unpark_user)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(laurel::actors::user_unparked)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(laurel::actors::parked_loaded)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(laurel::actors::window_committed)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(laurel::actors::commit_tick)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(laurel::actors::input_wait_over)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(laurel::actors::reopen_task)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(laurel::actors::give_up_task)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(laurel::actors::steer_task)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(laurel::actors::breaker_pause_over)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(laurel::actors::rules_changed)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(laurel::actors::release_task)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(laurel::actors::committer_closed)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(laurel::actors::read_task)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(laurel::actors::task_status)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(laurel::actors::partitions_assigned)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(laurel::actors::partitions_revoked)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(laurel::actors::task_failed)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(laurel::actors::task_recovered)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(laurel::actors::order_tasks)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(laurel::actors::tasks_ordered)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(laurel::actors::task_released)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(laurel::actors::read_tasks)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(laurel::actors::tasks_status)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(laurel::actors::heartbeat)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(laurel::actors::shut_down)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(laurel::actors::catalog_changed)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(laurel::actors::catalog_caught_up)
