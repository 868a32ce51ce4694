#include "state/end_trials.hpp"

#include "state/rules/compiled_rule.hpp"
#include "state/user_codec.hpp"

#include <algorithm>
#include <memory>
#include <utility>

namespace laurel::state {

namespace {

/// Every row of the rule is to go; whoever knows it has to forget it.
void drop_rows(user_state& user, const rule_state& rule) {
  for (const auto& one : rule.instances) {
    append_element_keys(user, rule, *one, user.dead_keys);
    if (one->in_row)
      user.dead_keys.push_back(instance_key(user, rule, *one));
  }
  std::erase_if(user.dirty_instances, [&](const auto& each) { return each.first == &rule; });
  user.core_dirty = true;
}

/// Large sets have a row for each member: all of them are to be written under the rule's own id.
void write_members_again(instance& one) {
  for (std::size_t i = 0; i < one.leaf_count; ++i) {
    auto& leaf = one.leaf(i);
    auto* set = leaf.detail ? std::get_if<distinct_set>(leaf.detail.get()) : nullptr;
    if (set == nullptr || !set->is_large())
      continue;
    distinct_set fresh;
    fresh.make_large();
    for (const auto& member : set->all())
      fresh.add(member.what, member.count);
    *set = std::move(fresh);
  }
}

/// What was counted stays; nothing was granted.
void forget_grants(rule_state& trial) {
  for (const auto& one : trial.instances) {
    one->grants.reset();
    one->rare.reset();
    one->dips.reset();
    one->has_standing = false;
    one->due_known = false;
    one->in_row = false;
    one->is_dirty = false;
    write_members_again(*one);
  }
  trial.in_core = static_cast<std::uint32_t>(trial.instances.size());
  trial.awards_known = false;
}

/// Holders keep what they have, also where the trial has not seen their key.
void take_grants(rule_state& to, rule_state& from) {
  for (const auto& one : from.instances) {
    if (!one->grants)
      continue;
    auto& here = to.find_or_add(one->key_text());
    here.grants = std::move(one->grants);
    here.note_standing();
  }
}

/// The rule of which this trial has come into force and is to go on; nothing if there is none.
std::optional<std::uint32_t> heir_of(const user_state& user, const rule_state& trial,
                                     const rules::rule_book& book) {
  const auto index = book.index_of(rules::tried_id(trial.id));
  if (!index)
    return std::nullopt;
  const auto& rule = *book.rules()[*index];
  const auto* own = user.find_rule(rule.id);
  const bool has_own_counts = own != nullptr && own->aggregates == trial.aggregates;
  const bool is_of_derived = rule.emits != nullptr || !book.graph().emitters[*index].empty();
  if (rule.version_number != trial.version || has_own_counts || is_of_derived)
    return std::nullopt;
  return index;
}

void come_into_force(user_state& user, rule_state& trial, std::uint32_t index,
                     const rules::active_rules& rules) {
  trial.rule = rules.book->rules()[index].get();
  trial.index = index;
  trial.judged_from = std::max(rules.effective_from[index].ms, after_all(user));
  forget_grants(trial);
  if (auto* own = user.find_rule(trial.rule->id)) {
    drop_rows(user, *own);
    take_grants(trial, *own);
    std::erase_if(user.rules, [&](const auto& each) { return each.get() == own; });
  }
  trial.id = trial.rule->id;
  wake(user, trial);
}

} // namespace

std::int64_t after_all(const user_state& user) {
  const auto latest = *std::max_element(user.clock.begin(), user.clock.end());
  return latest == no_time ? no_time : latest + 1;
}

void wake(user_state& user, const rule_state& rule) {
  const auto latest = *std::max_element(user.clock.begin(), user.clock.end());
  if (rule.rule->time_matters() && !rule.instances.empty())
    user.wake_by(latest);
}

void end_trials(user_state& user, const rules::active_rules& rules) {
  std::vector<rule_state*> over;
  for (const auto& rule : user.rules) {
    if (!rules::is_shadow_id(rule->id))
      continue;
    const auto index = rules.book->index_of(rule->id);
    if (!index || rules.book->rules()[*index]->version_number != rule->version)
      over.push_back(rule.get());
  }
  for (auto* trial : over) {
    drop_rows(user, *trial);
    if (const auto index = heir_of(user, *trial, *rules.book))
      come_into_force(user, *trial, *index, rules);
    else
      std::erase_if(user.rules, [&](const auto& each) { return each.get() == trial; });
  }
}

} // namespace laurel::state
