#include "actors/supervisor_actor.hpp"

#include "actors/partition_actor.hpp"

#include <algorithm>
#include <utility>

namespace laurel::actors {

void supervisor_actor_state::init(self_pointer self, const task_context* context) {
  self_ = self;
  context_ = context;
  self_->set_down_handler([this](const caf::down_msg& message) { on_broken(message); });
}

supervisor_actor::behavior_type supervisor_actor_state::make_behavior() {
  return {
    [this](const partitions_assigned& message) { on_assigned(message); },
    [this](const partitions_revoked& message) { on_revoked(message); },
    [this](const records_arrived& message) {
      const auto found = tasks_.find(message.batch->partition);
      if (found != tasks_.end())
        self_->send(found->second.actor, message);
      else
        context_->feed->release(message.batch->partition, message.batch->from,
                                message.batch->bytes);
    },
    [this](const rules_changed& message) {
      rules_ = message;
      for (const auto& [partition, owned] : tasks_)
        self_->send(owned.actor, message);
    },
    [this](const task_released& message) { on_released(message.partition); },
    [this](const task_failed& message) { on_failed(message); },
    [this](const task_recovered& message) {
      const auto found = troubles_.find(message.partition);
      if (found != troubles_.end())
        found->second.policy.on_success();
    },
    [this](const order_tasks& message) { return on_order(message); },
    [this](const unpark_user& message) { return on_unpark(message); },
    [this](task_status& message) { on_status(std::move(message)); },
    [](const heartbeat& message) { message.heard(); },
    [this](read_tasks) { return on_read_tasks(); },
    [this](shut_down) {
      ending_ = true;
      for (auto& [partition, owned] : tasks_)
        if (owned.releasing == nullptr)
          self_->send(owned.actor, release_task{false});
      end_if_done();
    },
  };
}

void supervisor_actor_state::start(std::int32_t partition) {
  const auto me = caf::actor_cast<supervisor_actor>(self_);
  auto actor = self_->spawn<caf::monitored>(run_partition_actor, partition, context_, me);
  if (rules_)
    self_->send(actor, *rules_);
  tasks_[partition] = {std::move(actor), nullptr, false};
}

void supervisor_actor_state::on_assigned(const partitions_assigned& message) {
  for (const auto partition : message.partitions) {
    const auto found = tasks_.find(partition);
    if (found == tasks_.end())
      start(partition);
    else
      found->second.is_wanted_again = true; // Starts when the old task has let go.
  }
}

void supervisor_actor_state::on_revoked(const partitions_revoked& message) {
  for (const auto partition : message.partitions) {
    const auto found = tasks_.find(partition);
    if (found == tasks_.end()) {
      message.done->count_down();
      continue;
    }
    found->second.is_wanted_again = false;
    const bool already_releasing = found->second.releasing != nullptr;
    found->second.releasing = message.done;
    if (!already_releasing)
      self_->send(found->second.actor, release_task{message.lost});
  }
}

void supervisor_actor_state::on_released(std::int32_t partition) {
  const auto found = tasks_.find(partition);
  if (found == tasks_.end())
    return;
  if (found->second.releasing != nullptr)
    found->second.releasing->count_down();
  const bool again = found->second.is_wanted_again && !ending_;
  tasks_.erase(found);
  heard_of(partition); // It answers no more questions.
  if (again)
    start(partition);
  end_if_done();
}

// -- failures ----------------------------------------

supervisor_actor_state::trouble& supervisor_actor_state::trouble_of(std::int32_t partition) {
  const auto found = troubles_.find(partition);
  if (found != troubles_.end())
    return found->second;
  trouble fresh{{context_->settings.restarts, context_->draw}, {}};
  return troubles_.emplace(partition, std::move(fresh)).first->second;
}

/// Decides when the task is opened again, says so in one line, and sees to it.
void supervisor_actor_state::on_failed(const task_failed& message) {
  const auto found = tasks_.find(message.partition);
  auto& kept = trouble_of(message.partition);
  kept.last = std::string{text_of(message.what)} + ": " + message.reason;
  const auto decision = kept.policy.on_failure(message.what);
  const auto begin = decision.rebuilds ? store_origin::nothing : store_origin::what_is_there;
  const auto* const next = decision.is_final   ? "nothing without a command"
                           : decision.gives_up ? "given up for a while"
                           : decision.rebuilds ? "rebuild the store"
                                               : "open again";
  context_->journal->note(decision.gives_up ? severity::error : severity::warning, "task failed",
                          {{"target", "supervisor"},
                           {"partition", std::to_string(message.partition)},
                           {"class", std::string{text_of(message.what)}},
                           {"reason", message.reason},
                           {"failures", std::to_string(kept.policy.failures())},
                           {"in_a_row", std::to_string(kept.policy.failures_in_a_row())},
                           {"next", next},
                           {"delay_ms", std::to_string(decision.delay.count())}});
  if (found == tasks_.end())
    return;
  if (decision.gives_up)
    self_->send(found->second.actor, give_up_task{message.generation});
  if (!decision.is_final)
    self_->delayed_send(found->second.actor, decision.delay,
                        reopen_task{message.generation, begin});
}

/// A task's actor ended although nobody had let it go: an exception came out of a handler.
void supervisor_actor_state::on_broken(const caf::down_msg& message) {
  for (auto& [partition, owned] : tasks_) {
    if (caf::actor_cast<caf::actor_addr>(owned.actor) != message.source)
      continue;
    const auto reason = "the actor of task " + std::to_string(partition)
                        + " ended by itself: " + self_->system().render(message.reason);
    context_->journal->note(
      severity::error, "process is broken",
      {{"target", "supervisor"}, {"partition", std::to_string(partition)}, {"reason", reason}});
    if (owned.releasing != nullptr)
      owned.releasing->count_down();
    tasks_.erase(partition);
    heard_of(partition);
    context_->on_broken(reason);
    end_if_done();
    return;
  }
}

tasks_ordered supervisor_actor_state::on_order(const order_tasks& order) {
  tasks_ordered answer;
  for (const auto& [partition, owned] : tasks_) {
    const bool is_meant = order.partitions.empty()
                          || std::find(order.partitions.begin(), order.partitions.end(), partition)
                               != order.partitions.end();
    if (!is_meant || owned.releasing != nullptr)
      continue;
    answer.partitions.push_back(partition);
    const bool begins_anew = order.what == task_order::restart || order.what == task_order::rebuild;
    if (begins_anew)
      trouble_of(partition).policy.on_success(); // With its whole budget.
    self_->send(owned.actor, steer_task{order.what, order.reason});
  }
  return answer;
}

/// The task answers itself.
caf::result<user_unparked> supervisor_actor_state::on_unpark(const unpark_user& message) {
  const auto found = tasks_.find(message.partition);
  if (found != tasks_.end())
    return self_->delegate(found->second.actor, message);
  auto promise = self_->make_response_promise<user_unparked>();
  promise.deliver(user_unparked{0, "this process does not serve the user's partition, "
                                     + std::to_string(message.partition)});
  return promise;
}

// -- questions ----------------------------------------

/// Asks every task and answers when all have; a second question meanwhile gets the same answer.
caf::result<tasks_status> supervisor_actor_state::on_read_tasks() {
  auto promise = self_->make_response_promise<tasks_status>();
  if (tasks_.empty()) {
    promise.deliver(tasks_status{});
    return promise;
  }
  waiting_askers_.push_back(promise);
  if (!inquiry_) {
    inquiry_.emplace();
    for (const auto& [partition, owned] : tasks_) {
      inquiry_->unanswered.insert(partition);
      self_->send(owned.actor, read_task{});
    }
  }
  return promise;
}

void supervisor_actor_state::on_status(task_status message) {
  if (!inquiry_)
    return;
  const auto partition = message.partition;
  if (const auto found = troubles_.find(partition); found != troubles_.end()) {
    message.failures = found->second.policy.failures();
    message.last_failure = found->second.last;
  }
  inquiry_->answer.tasks.push_back(std::move(message));
  heard_of(partition);
}

void supervisor_actor_state::heard_of(std::int32_t partition) {
  if (!inquiry_)
    return;
  inquiry_->unanswered.erase(partition);
  if (!inquiry_->unanswered.empty())
    return;
  for (auto& asker : waiting_askers_)
    asker.deliver(inquiry_->answer);
  waiting_askers_.clear();
  inquiry_.reset();
}

void supervisor_actor_state::end_if_done() {
  if (!ending_ || !tasks_.empty())
    return;
  for (auto& asker : waiting_askers_)
    asker.deliver(tasks_status{});
  waiting_askers_.clear();
  self_->quit();
}

supervisor_actor::behavior_type
run_supervisor_actor(supervisor_actor::stateful_pointer<supervisor_actor_state> self,
                     const task_context* context) {
  self->state.init(self, context);
  return self->state.make_behavior();
}

// -- feed_bridge ---------------------------------------------------------------------------------

feed_bridge::feed_bridge(supervisor_actor supervisor, journal* log,
                         std::chrono::milliseconds release_deadline,
                         std::function<void(const schemas::error&)> on_failed)
    : supervisor_(std::move(supervisor)),
      journal_(log),
      release_deadline_(release_deadline),
      on_failed_(std::move(on_failed)) {}

void feed_bridge::on_assigned(std::span<const std::int32_t> partitions) {
  caf::anon_send(supervisor_, partitions_assigned{{partitions.begin(), partitions.end()}});
}

void feed_bridge::on_revoked(std::span<const std::int32_t> partitions, bool lost) {
  auto latch = std::make_shared<release_latch>(partitions.size());
  caf::anon_send(supervisor_,
                 partitions_revoked{{partitions.begin(), partitions.end()}, lost, latch});
  if (!latch->wait_for(release_deadline_))
    journal_->note(severity::warning, "partitions released without their last commit",
                   {{"partitions", std::to_string(partitions.size())}});
}

void feed_bridge::on_records(std::shared_ptr<const input_batch> batch) {
  caf::anon_send(supervisor_, records_arrived{std::move(batch)});
}

void feed_bridge::on_feed_failed(const schemas::error& why) {
  on_failed_(why);
}

} // namespace laurel::actors
