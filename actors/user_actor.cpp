#include "actors/user_actor.hpp"

#include "actors/round.hpp"
#include "schemas/decision_codec.hpp"

#include <algorithm>
#include <exception>
#include <stdexcept>
#include <utility>

namespace laurel::actors {

void user_actor_state::init(self_pointer self, user_actor_args args) {
  self_ = self;
  user_id_ = args.user_id;
  if (args.rows.empty()) {
    machine_.emplace(std::move(args.user_id));
    return;
  }
  auto loaded = state::user_machine::load(std::move(args.user_id), args.rows);
  if (loaded) {
    machine_.emplace(std::move(*loaded));
    is_stored_ = machine_->is_stored();
  } else {
    failure_ = loaded.error().message;
  }
}

user_actor::behavior_type user_actor_state::make_behavior() {
  return {[this](const evaluate_events& request) { on_evaluate(request); }};
}

void user_actor_state::on_evaluate(const evaluate_events& request) {
  if (request.what->answers->write(request.group, answer(request)))
    self_->send(caf::actor_cast<partition_actor>(self_->current_sender()),
                round_answered{request.generation});
}

user_effects user_actor_state::answer(const evaluate_events& request) {
  user_effects effects;
  effects.failure = failure_;
  if (!machine_)
    return effects;
  try {
    evaluate(*request.what, request.group, effects);
  } catch (const std::exception& fault) { // What is half done is of no use any more.
    machine_.reset();
    failure_ = std::string{"evaluation failed: "} + fault.what();
    effects = user_effects{};
    effects.failure = failure_;
  }
  return effects;
}

void user_actor_state::evaluate(const round& round, std::uint32_t group, user_effects& effects) {
  const auto timer = machine_->timer();
  auto outcome = round.is_of_timers()
                   ? machine_->advance(round.passing, round.rules, round.horizon)
                   : machine_->apply(round.events_of(group), round.rules, round.horizon);
  for (std::uint32_t i = 0; i < outcome.fates.size(); ++i) {
    effects.applied += outcome.fates[i] == state::event_fate::applied;
    effects.duplicate += outcome.fates[i] == state::event_fate::duplicate;
    effects.erased += outcome.fates[i] == state::event_fate::erased;
    if (outcome.fates[i] == state::event_fate::late)
      effects.late.push_back(i);
  }
  effects.outputs.reserve(outcome.decisions.size() + outcome.notifications.size()
                          + outcome.trials.size());
  effects.decisions = outcome.decisions.size();
  for (const auto& decision : outcome.decisions)
    effects.outputs.push_back(
      {output::grants, decision.user_id, schemas::encode(decision), {{"epoch", round.epoch}}});
  for (const auto& told : outcome.notifications)
    effects.outputs.push_back(
      {output::notifications, told.what.user_id, schemas::encode(told), {{"epoch", round.epoch}}});
  for (const auto& tried : outcome.trials)
    effects.outputs.push_back(
      {output::trials, tried.user_id, schemas::encode(tried), {{"epoch", round.epoch}}});
  effects.rows = machine_->changes();
  if (outcome.erased)
    remember_erased(round, *outcome.erased, effects);
  effects.is_first_erasure = outcome.is_first_erasure;
  effects.users = int{machine_->is_stored()} - int{is_stored_};
  is_stored_ = machine_->is_stored();
  if (machine_->timer() != timer)
    effects.timer = machine_->timer();
  if (round.is_of_timers() && timer != round.dues[group])
    clear_stray_timer(round.dues[group], effects.rows);
}

void user_actor_state::remember_erased(const round& round, const state::erased_user& who,
                                       user_effects& effects) const {
  if (round.erasure_secret.empty())
    throw std::runtime_error("the user is to be erased, and erasure.secret is not set: set it on "
                             "every node, then unpark the user");
  effects.rows.push_back({state::erased_key(user_id_, round.erasure_secret), state::encode(who)});
}

/// The index named us for a time that is not our timer's. Usually the timer has moved and that is
/// not committed yet; taking the row away once more does no harm, and no row stays that nobody
/// owns.
void user_actor_state::clear_stray_timer(schemas::event_time due,
                                         std::vector<state::row>& rows) const {
  auto gone = state::no_timer_row({due, user_id_});
  const bool is_set_again =
    std::any_of(rows.begin(), rows.end(), [&](const auto& row) { return row.key == gone.key; });
  if (!is_set_again)
    rows.push_back(std::move(gone));
}

user_actor::behavior_type run_user_actor(user_actor::stateful_pointer<user_actor_state> self,
                                         user_actor_args args) {
  self->state.init(self, std::move(args));
  return self->state.make_behavior();
}

} // namespace laurel::actors
