#include "state/base_advance.hpp"
#include "state/end_trials.hpp"
#include "state/evaluator.hpp"
#include "state/user_codec.hpp"

#include <algorithm>

namespace laurel::state {

namespace {

history_cut end_of(const user_history& history) {
  history_cut cut{};
  for (std::size_t i = 0; i < cut.size(); ++i)
    cut[i] = history.next_ordinal(static_cast<schemas::input>(i));
  return cut;
}

/// The rule is in no book in force: its state is kept as it is, and what comes meanwhile will
/// never count for it.
void close(user_state& user, rule_state& rule) {
  rule.rule = nullptr;
  if (rule.is_closed)
    return;
  rule.is_closed = true;
  rule.closed_at = end_of(user.history);
  user.core_dirty = true;
}

void reopen(user_state& user, rule_state& rule) {
  const auto end = end_of(user.history);
  if (rule.closed_at != end)
    rule.gaps.emplace_back(rule.closed_at, end);
  settle_bases(user, rule);
  rule.is_closed = false;
  user.core_dirty = true;
}

/// The rule aggregates something else than before: counts begin anew, holders keep what they have.
void start_afresh(user_state& user, rule_state& rule, std::int64_t effective_from) {
  rule.aggregates = rule.rule->aggregates_number;
  rule.counts_from = effective_from;
  rule.since = end_of(user.history);
  rule.gaps.clear();
  rule.inputs_seen = 0;
  rule.base_at = no_time;
  rule.awards_known = false;
  rule.by_key.reset();
  rule.in_core = 0;
  rule.keyless = nullptr;
  auto instances = std::move(rule.instances);
  rule.instances.clear();
  for (auto& one : instances) {
    append_element_keys(user, rule, *one, user.dead_keys);
    const bool had_row = one->in_row;
    if (!one->grants) {
      if (had_row)
        user.dead_keys.push_back(instance_key(user, rule, *one));
      continue;
    }
    for (std::size_t i = 0; i < one->leaf_count; ++i)
      one->leaf(i) = {};
    one->resize_leaves(rule.rule->leaves.size());
    one->has_points = true;
    one->due_known = false;
    one->is_dirty = false;
    auto& kept = *one;
    rule.adopt(std::move(one));
    user.touch(rule, kept);
  }
}

/// Notes the rules that have lost track of derived events, by index: they begin anew. Those are who
/// takes what a rule emits that was out of the book or emits something else now; and whoever was
/// out of the book itself.
void note_lost(const rules::active_rules& active, const rule_state& rule,
               std::vector<std::uint32_t>& lost) {
  const bool is_anew = rule.aggregates != rule.rule->aggregates_number;
  const bool emits_anew = rule.rule->emits && (rule.is_closed || is_anew);
  const auto& graph = active.book->graph();
  if (!graph.emitters[rule.index].empty() && (rule.is_closed || emits_anew))
    lost.push_back(rule.index);
  if (emits_anew)
    lost.insert(lost.end(), graph.dependents[rule.index].begin(),
                graph.dependents[rule.index].end());
}

void bind(user_state& user, rule_state& rule, const rules::active_rules& active,
          std::vector<std::uint32_t>& lost) {
  const auto index = active.book->index_of(rule.id);
  if (!index) {
    close(user, rule);
    return;
  }
  rule.rule = active.book->rules()[*index].get();
  rule.index = *index;
  note_lost(active, rule, lost);
  if (rule.is_closed) {
    reopen(user, rule);
    wake(user, rule);
  }
  if (rule.version == rule.rule->version_number)
    return;
  wake(user, rule);
  // Decisions of the other version are final.
  const auto effective_from = active.effective_from[*index].ms;
  rule.version = rule.rule->version_number;
  rule.judged_from = std::max(effective_from, after_all(user));
  user.core_dirty = true;
  if (rule.aggregates != rule.rule->aggregates_number)
    start_afresh(user, rule, effective_from);
}

} // namespace

void bind_rules(user_state& user, const rules::active_rules& rules) {
  if (user.book == rules.book)
    return;
  end_trials(user, rules);
  // Instances that are to be dropped must not be among those to be written.
  for (const auto& [rule, one] : user.dirty_instances)
    one->is_dirty = false;
  const auto dirty = std::exchange(user.dirty_instances, {});
  std::vector<std::pair<rule_state*, std::string>> dirty_keys;
  for (const auto& [rule, one] : dirty)
    dirty_keys.emplace_back(rule, std::string(one->key_text()));
  std::vector<std::uint32_t> lost;
  for (const auto& rule : user.rules)
    bind(user, *rule, rules, lost);
  for (const auto& rule : user.rules) {
    if (rule->rule != nullptr && std::find(lost.begin(), lost.end(), rule->index) != lost.end())
      start_afresh(user, *rule, std::max(rules.effective_from[rule->index].ms, after_all(user)));
  }
  for (const auto& [rule, key] : dirty_keys) {
    if (auto* one = rule->find(key))
      user.touch(*rule, *one);
  }
  std::sort(user.rules.begin(), user.rules.end(), [](const auto& a, const auto& b) {
    const bool in_book[] = {a->rule != nullptr, b->rule != nullptr};
    if (in_book[0] != in_book[1])
      return in_book[0];
    return in_book[0] ? a->index < b->index : a->id < b->id;
  });
  user.bound.clear();
  for (const auto& rule : user.rules) {
    if (rule->rule != nullptr)
      user.bound.push_back(rule->index);
  }
  user.book = rules.book;
}

} // namespace laurel::state
