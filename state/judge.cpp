#include "state/judge.hpp"

#include "state/instance_fold.hpp"

#include <algorithm>

namespace laurel::state {

bool is_settled(const rule_state& rule, const instance& one) {
  return one.has_standing && rule.rule->revoke == rules::revoke_policy::permanent;
}

bool waits_for_time(const rule_state& rule, const instance& one) {
  if (!rule.rule->time_can_grant && !rule.rule->time_can_revoke)
    return false;
  if (one.last_at == no_time || is_settled(rule, one))
    return false;
  const bool is_held = one.grants
                       && std::any_of(one.grants->begin(), one.grants->end(),
                                      [](const grant& each) { return each.is_held(); });
  return is_held ? rule.rule->time_can_revoke : rule.rule->time_can_grant;
}

judgement judge(const rule_state& rule, instance& one, const moment& now) {
  if (is_settled(rule, one) || now.at < rule.judged_from)
    return {};
  const bool holds = is_true(*rule.rule, one, now.at, now.today);
  if (!one.grants && !holds)
    return {};
  auto& grants = one.grant_list();
  std::size_t standing = 0; // Those that stand come first.
  while (standing < grants.size() && grants[standing].stands)
    ++standing;
  const bool is_held = standing > 0 && grants[standing - 1].is_held();
  if (is_held && holds)
    grants[standing - 1].judged_by = rule.version;
  if (is_held == holds)
    return {};
  if (is_held) {
    auto& last = grants[standing - 1];
    if (last.judged_by != rule.version)
      return {}; // Granted by another version, whose holders keep what they have.
    last.revoked_at = now.at;
    last.revoke_cause = now.cause;
    return {verdict::closed, standing - 1};
  }
  if (standing == grants.size()) {
    grants.emplace_back();
    grants.back().n = standing > 0 ? grants[standing - 1].n + 1 : 1;
  }
  auto& next = grants[standing];
  next.stands = true;
  one.has_standing = true;
  next.granted_at = now.at;
  next.cause = now.cause;
  next.revoked_at.reset();
  next.revoke_cause.clear();
  next.version = rule.version;
  next.judged_by = rule.version;
  return {verdict::opened, standing};
}

} // namespace laurel::state
