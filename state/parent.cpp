#include "state/parent.hpp"

#include "state/derived_events.hpp"
#include "state/holdings.hpp"
#include "state/rules/exclusive_group.hpp"

namespace laurel::state {

namespace {

/// The own half of a rule that shows what that holds; else null.
rule_state* own_half_of(const user_state& user, const rule_state& rule) {
  if (rule.rule == nullptr || rule.rule->part != rules::half::shown)
    return nullptr;
  const auto index = user.book->index_of(rules::own_id(rule.id));
  return index ? user.bound_rule(*index) : nullptr;
}

} // namespace

std::string parent_of(const user_state& user, const rule_state& rule, const instance& one,
                      const grant& what, schemas::decision_kind kind) {
  if (rule.rule == nullptr)
    return {};
  if (const auto* own = own_half_of(user, rule))
    return parent_of(user, *own, one, what, kind);
  const bool is_end = kind == schemas::decision_kind::revoked;
  const bool takes_derived = !user.book->graph().emitters[rule.index].empty();
  std::string_view cause = is_end ? what.end_cause : what.cause;
  if (takes_derived && cause.substr(0, emitted_prefix.size()) == emitted_prefix) {
    cause.remove_prefix(emitted_prefix.size());
    return std::string(cause.substr(0, cause.find(':')));
  }
  if (rule.rule->holdings.empty())
    return {};
  return holdings(user, *rule.rule, one.key_text())
    .parent_at(is_end ? what.ended_at : what.granted_at);
}

} // namespace laurel::state
