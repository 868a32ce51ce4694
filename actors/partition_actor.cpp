#include "actors/partition_actor.hpp"

#include "actors/task_rules.hpp"
#include "actors/user_actor.hpp"
#include "schemas/base/failpoint.hpp"
#include "schemas/dead_letter.hpp"

#include <algorithm>
#include <utility>

namespace laurel::actors {

namespace {

using schemas::failpoint;
using schemas::reach;
using std::chrono::milliseconds;

} // namespace

void partition_actor_state::init(self_pointer self, std::int32_t partition,
                                 const task_context* context, supervisor_actor supervisor) {
  self_ = self;
  context_ = context;
  supervisor_ = std::move(supervisor);
  partition_ = partition;
  committer_ = std::make_unique<committer>(committer::parts{partition, context->logs,
                                                            context->stores, context->directory,
                                                            context->settings.flush_interval},
                                           context->make_runner());
  reader_ = context->make_runner();
  open();
}

partition_actor::behavior_type partition_actor_state::make_behavior() {
  return {
    [this](task_opened& message) { on_opened(message); },
    [this](const records_arrived& message) { on_records(message); },
    [this](rows_loaded& message) { on_rows(message); },
    [this](user_effects& message) { on_effects(message); },
    [this](const window_committed& message) { on_committed(message); },
    [this](const commit_tick& message) {
      if (message.number != tick_number_)
        return;
      tick_set_ = false;
      commit_if_due();
    },
    [this](const reopen_task& message) {
      if (message.generation == generation_ && phase_ == task_phase::backing_off)
        open();
    },
    [this](rules_changed& message) {
      pending_rules_ = std::move(message);
      start_round_if_possible();
    },
    [this](const release_task& message) { on_release(message); },
    [this](committer_closed) {
      self_->send(supervisor_, task_released{partition_});
      self_->quit();
    },
    [this](read_task) { return status(); },
  };
}

// -- life of the task ------------------------------------------------------------------------

void partition_actor_state::open() {
  phase_ = task_phase::opening;
  drop_memory();
  const partition_actor me = self_;
  committer_->open([me, generation = generation_](schemas::result<opened_task> opened) {
    caf::anon_send(me, task_opened{generation, std::move(opened)});
  });
}

void partition_actor_state::on_opened(task_opened& message) {
  if (message.generation != generation_ || phase_ != task_phase::opening)
    return;
  if (!message.what) {
    const auto& why = message.what.error();
    if (why.code == schemas::errc::refused || why.code == schemas::errc::bad_setting) {
      phase_ = task_phase::failed;
      reason_ = why.message;
      context_->journal->note(severity::error, "task refused",
                              {{"partition", std::to_string(partition_)}, {"reason", reason_}});
      return;
    }
    fail(why.message,
         why.code == schemas::errc::fenced ? context_->settings.fenced_backoff : next_backoff());
    return;
  }
  store_ = message.what->store;
  meta_ = std::move(message.what->meta);
  meta_.owner = context_->settings.instance_id;
  status_.committed = meta_;
  status_.restored_rows += message.what->restored_rows;
  phase_ = task_phase::running;
  reason_.clear();
  if (rules_.book != nullptr && !pending_rules_) // The same book again, from what is committed.
    pending_rules_ = rules_changed{rules_.book, meta_.catalog_position};
  context_->journal->note(severity::info, "task running",
                          {{"partition", std::to_string(partition_)},
                           {"epoch", std::to_string(meta_.owner_epoch)},
                           {"commit", std::to_string(meta_.commit_number)},
                           {"restored_rows", std::to_string(message.what->restored_rows)}});
  session_ = context_->feed->start(partition_, meta_.next_offset);
}

/// Everything that fails ends here: the memory is dropped, and after a while the task is opened
/// again from what is committed.
void partition_actor_state::fail(const std::string& reason, milliseconds backoff) {
  ++failures_;
  phase_ = task_phase::backing_off;
  reason_ = reason;
  drop_memory();
  context_->journal->note(severity::warning, "task backing off",
                          {{"partition", std::to_string(partition_)},
                           {"reason", reason},
                           {"backoff_ms", std::to_string(backoff.count())}});
  self_->delayed_send(self_, backoff, reopen_task{generation_});
}

void partition_actor_state::drop_memory() {
  ++generation_;
  context_->feed->stop(partition_);
  session_ = 0;
  if (queue_)
    give_credit(queue_->clear());
  const auto& settings = context_->settings;
  queue_.emplace(
    input_queue::decoding{settings.partition_count, settings.append_time_is_event_time,
                          rules_.book != nullptr ? rules_.book->reads() : schemas::projection{}});
  users_.emplace(settings.awake_users_max);
  round_.reset();
  unanswered_ = 0;
  window_.clear();
  committing_ = false;
  ++tick_number_;
  tick_set_ = false;
  store_.reset();
}

void partition_actor_state::on_release(release_task how) {
  lost_ = how.lost;
  reach(failpoint::k15_revocation);
  const bool has_work = phase_ == task_phase::running && !lost_;
  if (!has_work) {
    close();
    return;
  }
  phase_ = task_phase::draining;
  context_->feed->stop(partition_);
  give_credit(queue_->clear());
  close_if_drained();
}

/// While draining: what is evaluated is committed, and nothing new begins.
void partition_actor_state::close_if_drained() {
  if (round_ != nullptr || committing_)
    return;
  reach(failpoint::k18_drain);
  if (window_.empty())
    close();
  else
    commit();
}

void partition_actor_state::close() {
  phase_ = task_phase::closed;
  drop_memory();
  const partition_actor me = self_;
  committer_->close([me] { caf::anon_send(me, committer_closed{}); });
}

// -- rounds --------------------------------------------------------------------------------------

void partition_actor_state::on_records(const records_arrived& message) {
  if (message.batch->session != session_ || phase_ != task_phase::running) {
    give_credit({message.batch});
    return;
  }
  reach(failpoint::k0_polled);
  status_.at_end[static_cast<std::size_t>(message.batch->from)] = message.batch->at_end;
  queue_->push(message.batch);
  start_round_if_possible();
}

void partition_actor_state::adopt_rules() {
  auto next = switch_rules(pending_rules_->book, meta_);
  rules_ = std::move(next.active);
  meta_.rules = std::move(next.entries);
  meta_.catalog_position = pending_rules_->catalog_position;
  pending_rules_.reset();
  queue_->decode_for(rules_.book->reads());
}

void partition_actor_state::start_round_if_possible() {
  if (phase_ != task_phase::running || round_ != nullptr)
    return;
  if (pending_rules_)
    adopt_rules();
  const auto& settings = context_->settings;
  const bool window_is_full = window_.records() >= settings.commit_records_max
                              || window_.bytes() >= settings.commit_bytes_max;
  if (rules_.book == nullptr || queue_->empty() || window_is_full)
    return;
  auto fresh =
    take_round(*queue_, *users_, ++round_number_, meta_.next_offset, settings.round_records_max);
  fresh->rules = rules_;
  fresh->horizon = settings.horizon;
  fresh->epoch = std::to_string(meta_.owner_epoch);
  round_ = std::move(fresh);
  send_round();
}

/// Users who are awake get their events at once, the others when their rows have been read.
void partition_actor_state::send_round() {
  unanswered_ = round_->groups.size();
  std::vector<std::uint32_t> asleep;
  for (const auto& group : round_->groups) {
    if (users_->at(group.slot).actor != nullptr)
      evaluate(group.slot);
    else
      asleep.push_back(group.slot);
  }
  if (!asleep.empty())
    load_users(std::move(asleep));
  if (unanswered_ == 0) // Nothing but records that cannot be decoded.
    finish_round();
}

void partition_actor_state::load_users(std::vector<std::uint32_t> slots) {
  std::vector<std::string> ids;
  ids.reserve(slots.size());
  for (const auto slot : slots) {
    users_->at(slot).loading = true;
    ids.push_back(users_->at(slot).user_id);
  }
  const partition_actor me = self_;
  reader_->post([me, generation = generation_, store = store_, slots = std::move(slots),
                 ids = std::move(ids)]() mutable {
    auto rows = store->read(ids);
    caf::anon_send(me, rows_loaded{generation, std::move(slots), std::move(rows)});
  });
}

void partition_actor_state::on_rows(rows_loaded& message) {
  if (message.generation != generation_)
    return;
  if (!message.rows) {
    fail("reading users: " + message.rows.error().message, next_backoff());
    return;
  }
  for (std::size_t i = 0; i < message.slots.size(); ++i) {
    auto& user = users_->at(message.slots[i]);
    user.loading = false;
    user.actor =
      self_->spawn(run_user_actor, user_actor_args{user.user_id, std::move((*message.rows)[i])});
    evaluate(message.slots[i]);
  }
}

void partition_actor_state::evaluate(std::uint32_t slot) {
  auto& user = users_->at(slot);
  ++user.in_flight;
  self_->send(user.actor, evaluate_events{generation_, user.round_index, round_});
}

void partition_actor_state::on_effects(user_effects& effects) {
  if (effects.generation != generation_)
    return;
  const auto slot = round_->groups[effects.group].slot;
  auto& user = users_->at(slot);
  --user.in_flight;
  if (!effects.failure.empty()) {
    fail("state of user " + user.user_id + " cannot be read: " + effects.failure, next_backoff());
    return;
  }
  reach(failpoint::k1_evaluated);
  user.last_window = window_number_;
  window_.stage(slot, std::move(effects.rows));
  meta_.counters.applied += effects.applied;
  meta_.counters.duplicate += effects.duplicate;
  meta_.counters.users += effects.is_new_user;
  meta_.counters.decisions += effects.outputs.size();
  for (auto& record : effects.outputs)
    window_.stage(std::move(record));
  if (!effects.late.empty())
    stage_late(effects);
  if (--unanswered_ == 0)
    finish_round();
}

void partition_actor_state::stage_late(const user_effects& effects) {
  const auto first = round_->groups[effects.group].first;
  for (const auto index : effects.late) {
    const auto& origin = round_->origins[first + index];
    const auto& raw = *origin.batch->raw;
    const auto& record = raw.records[origin.index];
    const auto& topic = context_->settings.input_topics[static_cast<std::size_t>(raw.from)];
    window_.stage({output::late,
                   std::string{origin.batch->events[origin.index].user_id},
                   std::string{record.value},
                   {{"reason", "beyond_horizon"},
                    {"topic", topic},
                    {"partition", std::to_string(partition_)},
                    {"offset", std::to_string(record.offset)},
                    {"epoch", round_->epoch}}});
    ++meta_.counters.late;
  }
}

void partition_actor_state::stage_undecodable() {
  for (const auto& origin : round_->undecodable) {
    const auto& raw = *origin.batch->raw;
    const auto& record = raw.records[origin.index];
    const auto fault = std::find_if(origin.batch->faults.begin(), origin.batch->faults.end(),
                                    [&](const auto& each) { return each.first == origin.index; });
    const schemas::dead_letter_origin from{
      .topic = context_->settings.input_topics[static_cast<std::size_t>(raw.from)],
      .partition = partition_,
      .offset = record.offset,
      .timestamp_ms = record.append_time_ms,
      .epoch = round_->epoch};
    auto letter = schemas::make_dead_letter(from, fault->second, record.value);
    window_.stage(
      {output::dlq, std::string{record.key}, std::move(letter.value), std::move(letter.headers)});
    ++meta_.counters.dead_letter;
  }
}

void partition_actor_state::finish_round() {
  stage_undecodable();
  window_.count_records(round_->records);
  meta_.next_offset = round_->next_offset;
  meta_.clock = std::max(meta_.clock, round_->clock);
  round_.reset();
  give_credit(queue_->take_finished());
  if (phase_ == task_phase::draining) {
    close_if_drained();
    return;
  }
  commit_if_due();
  start_round_if_possible();
}

void partition_actor_state::give_credit(
  const std::vector<std::shared_ptr<const input_batch>>& batches) {
  for (const auto& batch : batches)
    context_->feed->release(batch->partition, batch->from, batch->bytes);
}

// -- commits
// ---------------------------------------------------------------------------------------

/// Commits if that is due; sets a timer for when it will be, otherwise.
void partition_actor_state::commit_if_due() {
  const bool nothing_to_do = phase_ != task_phase::running || window_.empty() || committing_
                             || round_ != nullptr; // The end of the round looks again.
  if (nothing_to_do)
    return;
  const auto now = self_->clock().now();
  if (is_commit_due(now)) {
    commit();
    return;
  }
  if (tick_set_)
    return;
  tick_set_ = true;
  const auto since = std::chrono::duration_cast<milliseconds>(now - last_commit_);
  const auto wait = std::max(context_->settings.commit_interval_min - since, milliseconds{1});
  self_->delayed_send(self_, wait, commit_tick{++tick_number_});
}

/// With little to do, soon, so that a badge is seen at once; with a backlog, seldom, so that a user
/// who changes ten times is written once.
bool partition_actor_state::is_commit_due(caf::actor_clock::time_point now) {
  const auto& settings = context_->settings;
  const auto since = now - last_commit_;
  if (since < settings.commit_interval_min)
    return false;
  return queue_->empty() || since >= settings.commit_interval_max
         || window_.records() >= settings.commit_records_max
         || window_.bytes() >= settings.commit_bytes_max;
}

void partition_actor_state::commit() {
  ++meta_.commit_number;
  committing_ = true;
  committing_meta_ = meta_;
  last_commit_ = self_->clock().now();
  ++window_number_;
  const partition_actor me = self_;
  committer_->commit(window_.take(meta_),
                     [me, generation = generation_](commit_outcome outcome, milliseconds took) {
                       caf::anon_send(me, window_committed{generation, std::move(outcome), took});
                     });
}

void partition_actor_state::on_committed(const window_committed& message) {
  if (message.generation != generation_)
    return;
  committing_ = false;
  if (message.outcome.what != commit_outcome::kind::committed) {
    ++status_.aborts;
    if (phase_ == task_phase::draining) { // What is not committed is the next owner's to do again.
      close();
      return;
    }
    fail("commit: " + message.outcome.reason, message.outcome.what == commit_outcome::kind::fenced
                                                ? context_->settings.fenced_backoff
                                                : next_backoff());
    return;
  }
  reach(failpoint::k10_published);
  failures_ = 0;
  status_.committed = std::move(committing_meta_);
  ++status_.commits;
  status_.last_commit_ms = message.took.count();
  users_->evict(window_number_ - 1);
  if (phase_ == task_phase::draining) {
    close_if_drained();
    return;
  }
  commit_if_due();
  start_round_if_possible(); // A full window may have held it up.
}

// -- for people
// -------------------------------------------------------------------------------------

task_status partition_actor_state::status() const {
  auto now = status_;
  now.partition = partition_;
  now.phase = phase_;
  now.reason = reason_;
  now.awake_users = users_ ? users_->size() : 0;
  now.waiting_records = queue_ ? queue_->waiting_records() : 0;
  return now;
}

milliseconds partition_actor_state::next_backoff() {
  const auto& settings = context_->settings;
  const auto doubled = settings.restart_backoff_min * (1LL << std::min(failures_, 10U));
  return std::min<milliseconds>(doubled, settings.restart_backoff_max);
}

partition_actor::behavior_type
run_partition_actor(partition_actor::stateful_pointer<partition_actor_state> self,
                    std::int32_t partition, const task_context* context,
                    supervisor_actor supervisor) {
  self->state.init(self, partition, context, std::move(supervisor));
  return self->state.make_behavior();
}

} // namespace laurel::actors
