#include "actors/user_actor.hpp"

#include "actors/round.hpp"
#include "schemas/decision_codec.hpp"

#include <utility>

namespace laurel::actors {

void user_actor_state::init(user_actor_args args) {
  is_new_ = args.rows.empty();
  if (is_new_) {
    machine_.emplace(std::move(args.user_id));
    return;
  }
  auto loaded = state::user_machine::load(std::move(args.user_id), args.rows);
  if (loaded)
    machine_.emplace(std::move(*loaded));
  else
    failure_ = loaded.error().message;
}

user_actor::behavior_type user_actor_state::make_behavior() {
  return {[this](const evaluate_events& request) { return on_evaluate(request); }};
}

user_effects user_actor_state::on_evaluate(const evaluate_events& request) {
  user_effects effects;
  effects.generation = request.generation;
  effects.group = request.group;
  effects.failure = failure_;
  if (!machine_)
    return effects;
  const auto& round = *request.what;
  auto outcome = machine_->apply(round.events_of(request.group), round.rules, round.horizon);
  for (std::uint32_t i = 0; i < outcome.fates.size(); ++i) {
    effects.applied += outcome.fates[i] == state::event_fate::applied;
    effects.duplicate += outcome.fates[i] == state::event_fate::duplicate;
    if (outcome.fates[i] == state::event_fate::late)
      effects.late.push_back(i);
  }
  effects.outputs.reserve(outcome.decisions.size());
  for (const auto& decision : outcome.decisions)
    effects.outputs.push_back(
      {output::grants, decision.user_id, schemas::encode(decision), {{"epoch", round.epoch}}});
  effects.rows = machine_->changes();
  effects.is_new_user = is_new_ && !effects.rows.empty();
  is_new_ = is_new_ && effects.rows.empty();
  return effects;
}

user_actor::behavior_type run_user_actor(user_actor::stateful_pointer<user_actor_state> self,
                                         user_actor_args args) {
  self->state.init(std::move(args));
  return self->state.make_behavior();
}

} // namespace laurel::actors
