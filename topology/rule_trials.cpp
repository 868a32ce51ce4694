#include "topology/rule_trials.hpp"

#include "schemas/decision_codec.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace laurel::topology {

/// The last record of a grant counts, not its highest revision: a version that was tried before
/// begins at revision 1 again.
void trial_fold::add(const stored_record& record) {
  if (record.append_time_ms < of_.since_ms)
    return;
  const auto decision = schemas::decode_decision(record.value);
  if (!decision || decision->rule_id != of_.id || decision->rule_version != of_.version)
    return;
  const bool stands = decision->kind != schemas::decision_kind::withdrawn;
  grants_[decision->grant_id] = {decision->badge_id, decision->user_id, stands,
                                 stands && !decision->ended_at()};
}

api::rule_trial trial_fold::report() const {
  struct tally {
    std::uint64_t grants = 0;
    std::set<std::string_view> ever;
    std::set<std::string_view> holding;
  };
  std::map<std::string_view, tally> badges;
  for (const auto& [id, grant] : grants_) {
    if (!grant.stands)
      continue;
    auto& badge = badges[grant.badge_id];
    ++badge.grants;
    badge.ever.insert(grant.user_id);
    if (grant.is_held)
      badge.holding.insert(grant.user_id);
  }
  auto out = of_;
  for (const auto& [name, badge] : badges) {
    auto& shown = out.badges.emplace_back();
    shown.badge_id = name;
    shown.grants = badge.grants;
    shown.users_ever = badge.ever.size();
    shown.users_holding = badge.holding.size();
    const auto& some = badge.holding.empty() ? badge.ever : badge.holding;
    for (const auto user : some) {
      if (shown.examples.size() == api::rule_trial::examples_max)
        break;
      shown.examples.emplace_back(user);
    }
  }
  return out;
}

} // namespace laurel::topology
