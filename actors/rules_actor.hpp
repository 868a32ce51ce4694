#pragma once

#include "actors/catalog_view.hpp"
#include "actors/journal.hpp"
#include "actors/protocol.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

namespace laurel::actors {

/// Follows the catalog and tells the supervisor each new rule book; never users directly. The first
/// book goes out when the catalog has been read to its end, so that no event is evaluated with half
/// of the rules.
class rules_actor_state {
public:
  static inline constexpr const char* name = "rules_actor";
  using self_pointer = rules_actor::stateful_pointer<rules_actor_state>;

  void init(self_pointer self, supervisor_actor supervisor, journal* log);
  rules_actor::behavior_type make_behavior();

private:
  void on_record(const catalog_record& record);
  void announce();

  self_pointer self_ = nullptr;
  supervisor_actor supervisor_;
  journal* journal_ = nullptr;
  catalog_view view_;
  bool caught_up_ = false;
};

rules_actor::behavior_type run_rules_actor(rules_actor::stateful_pointer<rules_actor_state> self,
                                           supervisor_actor supervisor, journal* log);

} // namespace laurel::actors
