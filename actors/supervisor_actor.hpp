#pragma once

#include "actors/protocol.hpp"
#include "actors/release_latch.hpp"
#include "actors/task_context.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <vector>

namespace laurel::actors {

/// Owns the tasks: starts one for each assigned partition, has it opened again when it fails, lets
/// it go when it is revoked, and ends all of them in order. The only actor that starts and ends
/// others. A task that broke a promise of our own code takes the process with it: a restart is
/// safe, and state that is not trusted is not.
///
/// Order of a shutdown: the application closes the feed, which revokes every partition; each task
/// commits, lets go and says so; then the supervisor ends. Nothing holds its handle after that.
class supervisor_actor_state {
public:
  static inline constexpr const char* name = "supervisor_actor";
  using self_pointer = supervisor_actor::stateful_pointer<supervisor_actor_state>;

  void init(self_pointer self, const task_context* context);
  supervisor_actor::behavior_type make_behavior();

private:
  struct task {
    partition_actor actor;
    std::shared_ptr<release_latch> releasing; // Set while it lets go.
    bool is_wanted_again = false;             // Assigned anew before it had let go.
  };

  /// How a partition has failed here; kept over its tasks, so that it can be told.
  struct trouble {
    restart_policy policy;
    std::string last; // "CLASS: why".
  };

  /// A question to all tasks that is waiting for their answers.
  struct inquiry {
    std::set<std::int32_t> unanswered;
    tasks_status answer;
  };

  void start(std::int32_t partition);
  void on_assigned(const partitions_assigned& message);
  void on_revoked(const partitions_revoked& message);
  void on_released(std::int32_t partition);
  void on_failed(const task_failed& message);
  void on_broken(const caf::down_msg& message);
  tasks_ordered on_order(const order_tasks& order);
  caf::result<user_unparked> on_unpark(const unpark_user& message);
  trouble& trouble_of(std::int32_t partition);
  caf::result<tasks_status> on_read_tasks();
  void on_status(task_status message);
  void heard_of(std::int32_t partition);
  void end_if_done();

  self_pointer self_ = nullptr;
  const task_context* context_ = nullptr;
  std::map<std::int32_t, task> tasks_;
  std::map<std::int32_t, trouble> troubles_; // Of partitions that ever failed here.
  std::optional<rules_changed> rules_;       // The newest, for tasks that start later.
  std::vector<caf::typed_response_promise<tasks_status>> waiting_askers_;
  std::optional<inquiry> inquiry_;
  bool ending_ = false;
};

supervisor_actor::behavior_type
run_supervisor_actor(supervisor_actor::stateful_pointer<supervisor_actor_state> self,
                     const task_context* context);

/// Takes what the feed tells to the supervisor; the feed's thread calls it.
class feed_bridge final : public feed_listener {
public:
  feed_bridge(supervisor_actor supervisor, journal* log, std::chrono::milliseconds release_deadline,
              std::function<void(const schemas::error&)> on_failed);

  void on_assigned(std::span<const std::int32_t> partitions) override;
  void on_revoked(std::span<const std::int32_t> partitions, bool lost) override;
  void on_records(std::shared_ptr<const input_batch> batch) override;
  void on_feed_failed(const schemas::error& why) override;

private:
  supervisor_actor supervisor_;
  journal* journal_;
  std::chrono::milliseconds release_deadline_;
  std::function<void(const schemas::error&)> on_failed_;
};

} // namespace laurel::actors
