#include "actors/supervisor_actor.hpp"

#include "actors/partition_actor.hpp"

#include <utility>

namespace laurel::actors {

void supervisor_actor_state::init(self_pointer self, const task_context* context) {
  self_ = self;
  context_ = context;
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
    [this](const task_status& message) { on_status(message); },
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
  auto actor = self_->spawn(run_partition_actor, partition, context_, me);
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

void supervisor_actor_state::on_status(const task_status& message) {
  if (!inquiry_)
    return;
  inquiry_->answer.tasks.push_back(message);
  heard_of(message.partition);
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
