// How what one rule decides reaches those that look at it. The rest of a step is in evaluator.cpp.

#include "state/evaluator.hpp"
#include "state/holdings.hpp"
#include "state/recomputation.hpp"

#include <algorithm>

namespace laurel::state {

namespace {

bool is_alike(const rules::fact* one, const rules::fact* other) {
  if (one == nullptr || other == nullptr)
    return one == other;
  return one->at == other->at && one->zone == other->zone;
}

bool is_unchanged(const derived_pair& both) {
  if (both.before == nullptr || both.now == nullptr)
    return both.before == both.now;
  return is_alike(&both.before->birth(), &both.now->birth())
         && is_alike(both.before->end(), both.now->end());
}

} // namespace

/// What has just been decided touches the instances that look at it.
void evaluator::spread() {
  for (const auto& each : log_.take_news()) {
    if (!each.rule->rule->emits)
      spread_holdings(each);
    else if (std::find(emitters_.begin(), emitters_.end(), each.rule) == emitters_.end())
      emitters_.push_back(each.rule);
  }
}

/// Emitted events spread once a rule has decided for all its keys: with `max_per_user`, what one
/// key wins another may lose. False if nothing had to be spread before `next` (null: the end).
bool evaluator::spread_emitters_before(const touched* next) {
  const auto& rank = user_.book->graph().rank;
  const auto first = std::find_if(emitters_.begin(), emitters_.end(), [&](const rule_state* each) {
    return next == nullptr || rank[each->index] < rank[next->rule->index];
  });
  if (first == emitters_.end())
    return false;
  auto* source = *first;
  emitters_.erase(first);
  spread_emitted(*source);
  return true;
}

void evaluator::spread_holdings(const grant_log::news& what) {
  for (const auto index : user_.book->graph().dependents[what.rule->index]) {
    auto& rule = state_of(index);
    if (rule.rule->key.empty())
      rule.find_or_add("");
    for (const auto& one : rule.instances) {
      if (is_unborn(*one))
        continue;
      const holdings mine(user_, *rule.rule, one->key_text());
      if (mine.look_at(*what.rule->rule, what.one->key_text()))
        touched_at(rule, *one, what.from).in_order = false;
    }
  }
}

/// The events that `source` emitted in this step, moved or took back reach those who take them.
void evaluator::spread_emitted(rule_state& source) {
  for (const auto& change : user_.emitted) {
    if (change.rule != &source)
      continue;
    const auto both = pair_of(user_, change, derived_);
    if (is_unchanged(both))
      continue;
    for (const auto index : user_.book->graph().dependents[source.index]) {
      auto& rule = state_of(index);
      // What the emitter can no longer change is final for whoever takes its events.
      note_inputs(rule, source.inputs_seen);
      touch_derived(rule, both);
    }
  }
}

void evaluator::touch_derived(rule_state& rule, const derived_pair& both) {
  const auto& any = (both.now != nullptr ? both.now : both.before)->birth();
  const bool counts = (both.now != nullptr && rule.counts(both.now->birth()))
                      || (both.before != nullptr && rule.counts(both.before->birth()));
  if (!counts)
    return;
  const bool has_moved = both.before == nullptr || both.now == nullptr
                         || !is_alike(&both.before->birth(), &both.now->birth());
  if (!has_moved && rule.rule->refund == rules::refund_policy::ignore)
    return;
  auto from = any.at;
  if (has_moved && both.before != nullptr)
    from = std::min(from, both.before->birth().at);
  if (!has_moved)
    from = std::min(both.before->end() != nullptr ? both.before->end()->at : never,
                    both.now->end() != nullptr ? both.now->end()->at : never);
  const auto change = effect_of_now(rule, both);
  for (const auto& key : keys_of(*rule.rule, any)) {
    auto& one = rule.find_or_add(key);
    if (both.now != nullptr)
      note_birth(rule, one, any.at);
    if (both.before != nullptr)
      note_lost_birth(rule, one, both);
    const bool is_foldable = change && one.last_at != no_time;
    if (is_foldable)
      touch(rule, one, *change, change->cause, now_ > one.last_at);
    auto& each = touched_at(rule, one, from);
    each.in_order = each.in_order && is_foldable;
    each.has_derived = true;
  }
}

/// Where the first event that reached a key has been withdrawn or moved, another is the first.
void evaluator::note_lost_birth(rule_state& rule, instance& one, const derived_pair& both) {
  const auto was = both.before->birth().at;
  if (one.born_at != was || (both.now != nullptr && both.now->birth().at <= was))
    return;
  for (std::size_t i = 0; i < schemas::event_input_count; ++i) {
    const auto dropped = user_.history.dropped_until(static_cast<schemas::input>(i));
    if ((rule.inputs_seen >> i & 1U) != 0 && dropped != no_time && dropped >= was)
      return; // What else reached it then is forgotten, and what it was is final.
  }
  one.born_at = recomputation(user_, rule, one, cut_).birth();
}

/// The one thing that has become of the event, if it is of the step's own time: it began or ended.
std::optional<effect> evaluator::effect_of_now(const rule_state& rule,
                                               const derived_pair& both) const {
  if (both.now == nullptr || !rule.counts(both.now->birth()))
    return std::nullopt;
  if (both.before != nullptr && !is_alike(&both.before->birth(), &both.now->birth()))
    return std::nullopt;
  const auto refund = rule.rule->refund;
  const auto known = both.before != nullptr ? both.before->effects(refund).size() : 0;
  const auto effects = both.now->effects(refund);
  const bool is_one_more = effects.size() == known + 1 && effects.back().at == now_;
  return is_one_more ? std::optional(effects.back()) : std::nullopt;
}

} // namespace laurel::state
