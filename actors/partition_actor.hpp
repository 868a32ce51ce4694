#pragma once

#include "actors/commit_pace.hpp"
#include "actors/commit_window.hpp"
#include "actors/committer.hpp"
#include "actors/dead_letter_breaker.hpp"
#include "actors/input_queue.hpp"
#include "actors/protocol.hpp"
#include "actors/round.hpp"
#include "actors/task_context.hpp"
#include "actors/timer_schedule.hpp"
#include "actors/user_directory.hpp"
#include "state/parked.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>

namespace laurel::actors {

/// One task: the single writer of a partition's state.
///
/// Works in rounds: it takes waiting records, groups them by user, sends each user its group, and
/// stages what the users answer. Only whole rounds are committed, and a round never waits for a
/// commit: while one window is being written, the next fills. Any failure is treated the same way:
/// the memory of the task is dropped, and it is opened again from what is committed.
class partition_actor_state {
public:
  static inline constexpr const char* name = "partition_actor";
  using self_pointer = partition_actor::stateful_pointer<partition_actor_state>;

  void init(self_pointer self, std::int32_t partition, const task_context* context,
            supervisor_actor supervisor);
  partition_actor::behavior_type make_behavior();

private:
  // -- life of the task
  void open(store_origin begin);
  void on_opened(task_opened& message);
  void begin_reading();
  void fail(failure_class what, const std::string& reason);
  void drop_memory();
  void on_release(release_task how);
  void close_if_drained();
  void close();

  // -- pauses
  void on_order(const steer_task& order);
  void pause(const std::string& reason);
  void resume();
  void reopen(store_origin begin);
  void watch_for_flood();

  // -- rounds
  void on_records(const records_arrived& message);
  void adopt_rules();
  void start_round_if_possible();
  void await_other_input();
  void start(std::shared_ptr<round> fresh);
  void send_round();
  void load_users(std::vector<std::uint32_t> slots);
  std::string_view secret_of_erased() const;
  void on_rows(rows_loaded& message);
  void evaluate(std::uint32_t slot);
  void on_answered(const round_answered& message);
  void stage(std::uint32_t group, user_effects& effects);
  void on_failure(std::uint32_t group, const std::string& reason);
  void stage_late(std::uint32_t group, const user_effects& effects);
  void stage_undecodable();
  schemas::dead_letter_origin origin_of(const input_batch& raw, const log_record& record) const;
  void furnish(round& fresh) const;
  void finish_round();
  void give_credit(const std::vector<std::shared_ptr<const input_batch>>& batches);

  // -- timers (partition_timers.cpp)
  bool is_at_end() const;
  void look_for_timers();
  void on_timers(timers_found& message);
  bool start_timer_round();
  void stage_timer(const user_effects& effects);
  void leave_idle();
  void set_clock_tick();
  void on_clock_tick(const clock_tick& message);

  // -- parking
  void park(const std::string& user_id, const std::string& reason);
  void park_group(std::uint32_t group);
  void stage_overflow(const queued_record& origin, const state::parked_user& user);
  void stage_parked_users();
  caf::result<user_unparked> on_unpark(const unpark_user& message);
  void continue_unpark();
  void on_parked_loaded(parked_loaded& message);
  schemas::result<std::shared_ptr<round>> round_of_parked(const std::vector<state::row>& rows);
  void stage_unparked();
  void give_unpark_up(const std::string& reason);
  void end_unpark(const std::string& problem);

  /// A user who is being unparked. No round begins meanwhile but the one of the waiting records.
  struct unpark_in_hand {
    enum class stage { waits, loads, evaluates, commits };
    std::string user_id;
    caf::typed_response_promise<user_unparked> promise;
    stage at = stage::waits;
    std::vector<std::string> keys; // Of the rows of the records.
    std::uint64_t records = 0;
  };

  // -- commits
  void commit_if_due();
  bool is_commit_due(caf::actor_clock::time_point now);
  commit_pace::duration commit_interval() const;
  void commit();
  void on_committed(const window_committed& message);

  task_status status() const;

  self_pointer self_ = nullptr;
  const task_context* context_ = nullptr;
  supervisor_actor supervisor_;
  std::int32_t partition_ = 0;

  task_phase phase_ = task_phase::opening;
  std::string reason_;
  std::uint64_t generation_ = 0;
  bool has_failed_ = false;        // And not committed since.
  std::uint64_t session_ = 0;      // Of our last `feed::start`.
  bool is_releasing_ = false;      // Drains in order to close, not to pause.
  std::string pause_reason_;       // Not empty: reads nothing until it is told to.
  std::uint64_t pause_number_ = 0; // An older timer is ignored.
  std::optional<dead_letter_breaker> breaker_;

  std::unique_ptr<committer> committer_;
  std::unique_ptr<job_runner> reader_; // Reads rows, so that no handler waits for a disk.
  std::shared_ptr<const state::user_store> store_;

  std::optional<rules_changed> pending_rules_; // In force from the next round on.
  state::rules::active_rules rules_;
  state::task_meta meta_; // As of the last whole round.

  std::optional<input_queue> queue_;
  std::optional<user_directory> users_;
  std::shared_ptr<round> round_; // The round in flight, if any.
  std::uint64_t round_number_ = 0;
  std::uint64_t input_wait_number_ = 0; // An older timer is ignored.
  bool awaits_input_ = false;           // Such a timer runs.

  timer_schedule timers_;
  schemas::event_time read_until_ =
    schemas::event_time::lowest();      // Greatest since the last idling.
  bool is_idle_ = false;                // The inputs have been at their end for long.
  std::uint64_t clock_tick_number_ = 0; // An older tick is ignored.
  bool clock_tick_set_ = false;

  std::map<std::string, state::parked_user, std::less<>> parked_; // By user id.
  std::set<std::string> parked_changed_; // Whose row goes with the next commit.
  std::size_t parked_bytes_ = 0;
  std::optional<unpark_in_hand> unpark_;

  commit_window window_;
  std::uint64_t window_number_ = 1; // Of the window that fills.
  bool committing_ = false;
  state::task_meta committing_meta_;
  caf::actor_clock::time_point last_commit_{};
  commit_pace pace_;
  std::uint64_t tick_number_ = 0; // An older tick is ignored.
  bool tick_set_ = false;

  task_status status_; // Counters for people; `committed` is what the log has.
};

/// Pass this to `spawn`, followed by the arguments of `init`.
partition_actor::behavior_type
run_partition_actor(partition_actor::stateful_pointer<partition_actor_state> self,
                    std::int32_t partition, const task_context* context,
                    supervisor_actor supervisor);

} // namespace laurel::actors
