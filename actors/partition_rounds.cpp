// The rounds of a partition actor: from delivered records to staged effects. Life and commits of
// the task are in partition_actor.cpp.

#include "actors/partition_actor.hpp"
#include "actors/task_rules.hpp"
#include "actors/user_actor.hpp"
#include "schemas/base/failpoint.hpp"
#include "schemas/dead_letter.hpp"

#include <algorithm>
#include <utility>

namespace laurel::actors {

using schemas::failpoint;
using schemas::reach;

void partition_actor_state::on_records(const records_arrived& message) {
  if (message.batch->session != session_ || phase_ != task_phase::running) {
    give_credit({message.batch});
    return;
  }
  reach(failpoint::k0_polled);
  status_.at_end[static_cast<std::size_t>(message.batch->from)] = message.batch->at_end;
  if (!message.batch->records.empty())
    leave_idle();
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
  if (phase_ != task_phase::running || round_ != nullptr || unpark_)
    return;
  if (pending_rules_)
    adopt_rules();
  const auto& settings = context_->settings;
  const bool window_is_full = window_.records() >= settings.commit_records_max
                              || window_.bytes() >= settings.commit_bytes_max;
  if (rules_.book == nullptr || window_is_full || start_timer_round())
    return;
  look_for_timers();
  if (queue_->empty()) {
    set_clock_tick();
    return;
  }
  auto fresh =
    take_round(*queue_, *users_, ++round_number_, meta_.next_offset, settings.round_records_max);
  if (fresh->records == 0) {
    give_credit(queue_->take_finished());
    await_other_input();
    return;
  }
  ++input_wait_number_; // Whatever was waited for, it goes on.
  awaits_input_ = false;
  start(std::move(fresh));
}

void partition_actor_state::start(std::shared_ptr<round> fresh) {
  furnish(*fresh);
  round_ = std::move(fresh);
  send_round();
}

void partition_actor_state::furnish(round& fresh) const {
  fresh.rules = rules_;
  fresh.horizon = context_->settings.horizon;
  fresh.erasure_secret = context_->settings.erasure_secret;
  fresh.epoch = std::to_string(meta_.owner_epoch);
}

/// One input has records and the other neither records nor an end: usually they are on their way.
void partition_actor_state::await_other_input() {
  if (awaits_input_)
    return;
  awaits_input_ = true;
  self_->delayed_send(self_, context_->settings.input_wait_max,
                      input_wait_over{++input_wait_number_});
}

/// Users who are awake get their events at once, the others when their rows have been read.
void partition_actor_state::send_round() {
  std::vector<std::uint32_t> awake;
  std::vector<std::uint32_t> asleep;
  for (std::uint32_t index = 0; index < round_->groups.size(); ++index) {
    const auto slot = round_->groups[index].slot;
    if (!parked_.empty() && parked_.contains(users_->at(slot).user_id))
      park_group(index);
    else
      (users_->at(slot).actor != nullptr ? awake : asleep).push_back(slot);
  }
  const auto asked = awake.size() + asleep.size();
  if (asked == 0) { // Nothing but records that cannot be decoded, or have to wait.
    finish_round();
    return;
  }
  round_->answers = std::make_unique<answer_sheet>(round_->groups.size(), asked);
  if (!asleep.empty())
    load_users(std::move(asleep));
  for (const auto slot : awake)
    evaluate(slot);
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
                 ids = std::move(ids), secret = secret_of_erased()]() mutable {
    auto rows = state::read_users(*store, ids, secret);
    caf::anon_send(me, rows_loaded{generation, std::move(slots), std::move(rows)});
  });
}

/// Empty while nobody has been erased here: then nobody new needs to be looked for.
std::string_view partition_actor_state::secret_of_erased() const {
  return meta_.counters.erased_users > 0 ? std::string_view(context_->settings.erasure_secret)
                                         : std::string_view();
}

void partition_actor_state::on_rows(rows_loaded& message) {
  if (message.generation != generation_)
    return;
  if (!message.rows) {
    fail(class_of(message.rows.error().code), "reading users: " + message.rows.error().message);
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

/// Stages what the users made of the round, in the order of the groups, so that decisions of timers
/// come in order of due time.
void partition_actor_state::on_answered(const round_answered& message) {
  if (message.generation != generation_)
    return;
  auto& answers = round_->answers->all();
  for (std::uint32_t group = 0; group < answers.size(); ++group) {
    auto& user = users_->at(round_->groups[group].slot);
    if (user.in_flight == 0) // Parked: was not asked.
      continue;
    --user.in_flight;
    if (answers[group].failure.empty())
      stage(group, answers[group]);
    else if (unpark_ && unpark_->at == unpark_in_hand::stage::evaluates)
      return give_unpark_up(std::string{answers[group].failure}); // The round ends, its sheet too.
    else
      on_failure(group, answers[group].failure);
  }
  finish_round();
}

void partition_actor_state::on_failure(std::uint32_t group, const std::string& reason) {
  auto& user = users_->at(round_->groups[group].slot);
  user.actor = nullptr; // Not to be trusted any more.
  park(user.user_id, reason);
  park_group(group);
}

void partition_actor_state::stage(std::uint32_t group, user_effects& effects) {
  reach(failpoint::k1_evaluated);
  const auto slot = round_->groups[group].slot;
  users_->at(slot).last_window = window_number_;
  meta_.counters.applied += effects.applied;
  meta_.counters.duplicate += effects.duplicate;
  meta_.counters.erased += effects.erased;
  meta_.counters.erased_users += effects.is_first_erasure;
  // Unsigned numbers wrap, so that adding -1 takes one away.
  meta_.counters.users += static_cast<std::uint64_t>(std::int64_t{effects.users});
  meta_.counters.decisions += effects.decisions;
  stage_timer(effects);
  window_.stage(slot, std::move(effects.rows));
  for (auto& record : effects.outputs)
    window_.stage(std::move(record));
  if (!effects.late.empty())
    stage_late(group, effects);
}

void partition_actor_state::stage_late(std::uint32_t group, const user_effects& effects) {
  const auto first = round_->groups[group].first;
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

/// Where a record comes from; one that is sent again keeps its first origin.
schemas::dead_letter_origin partition_actor_state::origin_of(const input_batch& raw,
                                                             const log_record& record) const {
  if (const auto first = schemas::parse_redriven(record.redriven))
    return {.topic = first->topic,
            .partition = first->partition,
            .offset = first->offset,
            .timestamp_ms = first->timestamp_ms,
            .attempt = first->attempt,
            .epoch = round_->epoch};
  return {.topic = context_->settings.input_topics[static_cast<std::size_t>(raw.from)],
          .partition = partition_,
          .offset = record.offset,
          .timestamp_ms = record.append_time_ms,
          .epoch = round_->epoch};
}

void partition_actor_state::stage_undecodable() {
  for (const auto& origin : round_->undecodable) {
    const auto& raw = *origin.batch->raw;
    const auto& record = raw.records[origin.index];
    const auto fault = std::find_if(origin.batch->faults.begin(), origin.batch->faults.end(),
                                    [&](const auto& each) { return each.first == origin.index; });
    auto letter = schemas::make_dead_letter(origin_of(raw, record), fault->second, record.value);
    letter.headers.emplace_back("version", context_->settings.version);
    window_.stage(
      {output::dlq, std::string{record.key}, std::move(letter.value), std::move(letter.headers)});
    ++meta_.counters.dead_letter;
  }
}

void partition_actor_state::finish_round() {
  stage_undecodable();
  const bool is_unparked = unpark_ && unpark_->at == unpark_in_hand::stage::evaluates;
  if (is_unparked)
    stage_unparked();
  window_.count_records(round_->records);
  meta_.next_offset = round_->next_offset;
  meta_.clock = std::max(meta_.clock, round_->clock);
  read_until_ = std::max(read_until_, round_->clock);
  watch_for_flood();
  round_.reset();
  give_credit(queue_->take_finished());
  if (phase_ == task_phase::draining) {
    close_if_drained();
    return;
  }
  if (is_unparked) {
    commit();
    return;
  }
  if (unpark_)
    return continue_unpark();
  commit_if_due();
  start_round_if_possible();
}

void partition_actor_state::give_credit(
  const std::vector<std::shared_ptr<const input_batch>>& batches) {
  for (const auto& batch : batches)
    context_->feed->release(batch->partition, batch->from, batch->bytes);
}

} // namespace laurel::actors
