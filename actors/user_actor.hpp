#pragma once

#include "actors/answer_sheet.hpp"
#include "actors/protocol.hpp"
#include "state/user_machine.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <optional>

namespace laurel::actors {

/// What a user actor is born with.
struct user_actor_args {
  std::string user_id;
  state::user_rows rows; // As last committed; empty for a new user.
};

/// Keeps one user's state in memory and is the only one to change it.
///
/// The partition that owns the user spawns this actor with the committed rows, feeds it events in
/// the order of the log, and stages what it writes into the round's answer sheet. The actor knows
/// nothing of stores, brokers or transactions: when a transaction aborts, the partition discards
/// the actor and spawns another from the committed rows.
class user_actor_state {
public:
  /// Shown by CAF in its own messages.
  static inline constexpr const char* name = "user_actor";

  using self_pointer = user_actor::stateful_pointer<user_actor_state>;

  void init(self_pointer self, user_actor_args args);
  user_actor::behavior_type make_behavior();

private:
  void on_evaluate(const evaluate_events& request);
  user_effects answer(const evaluate_events& request);
  void remember_erased(const round& round, const state::erased_user& who,
                       user_effects& effects) const;
  void clear_stray_timer(schemas::event_time due, std::vector<state::row>& rows) const;
  void evaluate(const round& round, std::uint32_t group, user_effects& effects);

  self_pointer self_ = nullptr;
  std::optional<state::user_machine> machine_; // Empty: the rows cannot be read.
  std::string user_id_;
  std::string failure_;
  bool is_stored_ = false; // Had rows when last asked.
};

/// Pass this to `spawn`, followed by the `user_actor_args`.
user_actor::behavior_type run_user_actor(user_actor::stateful_pointer<user_actor_state> self,
                                         user_actor_args args);

} // namespace laurel::actors
