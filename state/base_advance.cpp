#include "state/base_advance.hpp"

#include "state/instance_fold.hpp"

#include <algorithm>
#include <deque>
#include <tuple>
#include <vector>

namespace laurel::state {

using rules::fact;

namespace {

/// What is left of `event` after all that is known to take it back.
remainder left_of(const user_history& history, const fact& event, rules::refund_policy refund) {
  std::deque<fact> facts;
  std::vector<const fact*> retractions;
  if (history.has_retractions()) {
    for (const auto where : history.retractions_of(event.id)) {
      facts.push_back(history.read(where));
      if (facts.back().id != event.id)
        retractions.push_back(&facts.back());
    }
  }
  return effects_of(event, retractions, refund).back().after;
}

void fold_into_bases(user_state& user, const std::vector<rule_state*>& rules, const fact& event,
                     std::int64_t until) {
  for (auto* rule : rules) {
    const bool is_mine = event.at > rule->base_at && event.at <= until
                         && rule->rule->type_index(event.type) >= 0 && rule->counts(event);
    if (!is_mine)
      continue;
    const auto left = left_of(user.history, event, rule->rule->refund);
    for (const auto& key : keys_of(*rule->rule, event)) {
      if (auto* one = rule->find(key)) {
        fold_into_base(*rule->rule, *one, event, left);
        user.touch(*rule, *one);
      }
    }
  }
}

} // namespace

void advance_bases(user_state& user, schemas::input from, std::int64_t until) {
  std::vector<rule_state*> rules;
  auto begin = until;
  for (const auto& rule : user.rules) {
    const bool reads_it = (rule->inputs_seen >> static_cast<unsigned>(from) & 1U) != 0;
    if (rule->rule == nullptr || !rule->rule->has_replayed || !reads_it || rule->base_at >= until)
      continue;
    rules.push_back(rule.get());
    begin = std::min(begin, rule->base_at);
  }
  if (rules.empty())
    return;
  std::vector<fact> events;
  user.history.for_each_between(begin, until, [&](const fact& event) {
    if (event.type != 0)
      events.push_back(event);
  });
  std::sort(events.begin(), events.end(), [](const fact& a, const fact& b) {
    return std::tie(a.at, a.id) < std::tie(b.at, b.id);
  });
  for (const auto& event : events)
    fold_into_bases(user, rules, event, until);
  for (auto* rule : rules) {
    rule->base_at = until;
    for (const auto& one : rule->instances)
      end_step(*rule->rule, *one);
  }
}

void join_base(const user_state& user, const rule_state& rule, instance& one, const fact& event) {
  fold_into_base(*rule.rule, one, event, left_of(user.history, event, rule.rule->refund));
  end_step(*rule.rule, one);
}

void settle_bases(user_state& user, rule_state& rule) {
  bool is_cut = false;
  for (std::size_t i = 0; i < schemas::event_input_count; ++i) {
    const auto dropped = user.history.dropped_until(static_cast<schemas::input>(i));
    is_cut = is_cut || ((rule.inputs_seen >> i & 1U) != 0 && dropped > rule.base_at);
  }
  if (!is_cut)
    return;
  for (const auto& one : rule.instances) {
    for (std::size_t i = 0; i < one->leaf_count; ++i) {
      auto* detail = one->leaf(i).detail.get();
      auto* mine = detail != nullptr ? std::get_if<replayed>(detail) : nullptr;
      if (mine == nullptr)
        continue;
      mine->base = mine->head;
      rule.base_at = *std::max_element(user.clock.begin(), user.clock.end());
      user.touch(rule, *one);
    }
  }
}

} // namespace laurel::state
