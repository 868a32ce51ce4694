#include "state/rules/exclusive_group.hpp"

#include "state/rules/compiled_rule.hpp"
#include "state/rules/rule_book.hpp"
#include "state/rules/rule_document.hpp"

#include <utility>

namespace laurel::state::rules {

namespace {

constexpr std::string_view own_suffix = "@own";

/// What the state of the shown half is of: never of what the rule would aggregate without a rank.
constexpr std::uint64_t shown_aggregates = 0x5348'4f57'4e5f'4f46;

holding_query higher_of(const compiled_rule& rule) {
  holding_query higher;
  higher.of = holding_query::source::higher;
  higher.name = rule.group;
  higher.rank = *rule.rank;
  return higher;
}

/// What a higher rule holds by itself touches it, although its condition does not ask.
std::shared_ptr<const compiled_rule> own_half(const compiled_rule& rule) {
  auto made = std::make_shared<compiled_rule>(rule);
  made->id = own_id(rule.id);
  made->part = half::own;
  made->told = nullptr;
  made->holdings.push_back(higher_of(rule));
  return made;
}

/// {"and": [{"has": own}, {"not": {"has": higher}}]}
condition_tree shown_condition() {
  using kind = condition_node::kind;
  condition_tree tree;
  tree.conditions = {{kind::has, 0, 0, {}},
                     {kind::has, 1, 0, {}},
                     {kind::negate, 1, 0, {}},
                     {kind::all, 0, 0, {0, 2}}};
  return tree;
}

std::shared_ptr<const compiled_rule> shown_half(const compiled_rule& rule) {
  auto made = std::make_shared<compiled_rule>(rule);
  made->part = half::shown;
  made->aggregates_number ^= shown_aggregates;
  made->aggregates = hex_of(made->aggregates_number);
  made->leaves.clear();
  for (auto& type : made->on)
    type.leaves = 0;
  made->when = shown_condition();
  holding_query own;
  own.of = holding_query::source::own;
  own.name = own_id(rule.id);
  made->holdings = {std::move(own), higher_of(rule)};
  made->revoke = revoke_policy::maintained;
  made->terms = {};
  made->has_terms = rule.terms.expires.what != expiry::kind::never; // Its grants end as the own.
  made->last_window_ms = 0;
  made->reads_days = false;
  made->has_replayed = false;
  made->has_sequence = false;
  made->time_can_grant = false;
  made->time_can_revoke = false;
  return made;
}

} // namespace

std::vector<std::shared_ptr<const compiled_rule>>
with_halves(std::vector<std::shared_ptr<const compiled_rule>> rules) {
  std::vector<std::shared_ptr<const compiled_rule>> all;
  all.reserve(rules.size());
  for (auto& rule : rules) {
    if (!rule->rank || rule->part != half::none) {
      all.push_back(std::move(rule));
      continue;
    }
    all.push_back(own_half(*rule));
    all.push_back(shown_half(*rule));
  }
  return all;
}

std::string own_id(std::string_view rule_id) {
  if (!is_shadow_id(rule_id))
    return std::string(rule_id).append(own_suffix);
  return shadow_id(own_id(tried_id(rule_id)));
}

} // namespace laurel::state::rules
