#include "actors/rules_actor.hpp"

#include <utility>

namespace laurel::actors {

void rules_actor_state::init(self_pointer self, supervisor_actor supervisor, journal* log) {
  self_ = self;
  supervisor_ = std::move(supervisor);
  journal_ = log;
}

rules_actor::behavior_type rules_actor_state::make_behavior() {
  return {
    [this](const catalog_changed& message) { on_record(message.record); },
    [this](catalog_caught_up) {
      caught_up_ = true;
      announce();
    },
    [this](shut_down) {
      supervisor_ = nullptr; // Breaks the cycle of handles.
      self_->quit();
    },
  };
}

void rules_actor_state::on_record(const catalog_record& record) {
  if (auto why = view_.apply(record); !why.empty())
    journal_->note(severity::error, "catalog record left out", {{"reason", why}});
  // A document alone changes nothing; the head that names it follows. What is not of a rule changes
  // no book: a new one would have every user look at all of its rules again.
  const bool is_head =
    record.key.starts_with("rule/") && record.key.find('/') == record.key.rfind('/');
  if (caught_up_ && is_head)
    announce();
}

void rules_actor_state::announce() {
  self_->send(supervisor_, rules_changed{view_.book(), view_.next_position()});
}

rules_actor::behavior_type run_rules_actor(rules_actor::stateful_pointer<rules_actor_state> self,
                                           supervisor_actor supervisor, journal* log) {
  self->state.init(self, std::move(supervisor), log);
  return self->state.make_behavior();
}

} // namespace laurel::actors
