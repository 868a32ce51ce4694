// Looks at the past again: folding and looking. What there is to be folded is gathered in
// recomputation_gather.cpp.

#include "state/recomputation.hpp"

#include "state/judge.hpp"

#include <algorithm>
#include <unordered_map>

namespace laurel::state {

using rules::fact;

namespace {

/// The first effect at `from` or later.
std::size_t first_from(const std::vector<effect>& effects, std::int64_t from) {
  const auto at = std::lower_bound(effects.begin(), effects.end(), from,
                                   [](const effect& one, std::int64_t t) { return one.at < t; });
  return static_cast<std::size_t>(at - effects.begin());
}

} // namespace

void recomputation::adjust(const boost::container::small_vector_base<const fact*>& originals) {
  std::vector<effect> old_effects;
  std::vector<effect> effects;
  for (const auto* one : originals)
    effects_of_one(*one, &old_effects, effects);
  for (const auto& each : old_effects)
    fold(*rule_.rule, one_, each, -1, plain_leaves);
  for (const auto& each : effects) {
    fold(*rule_.rule, one_, each, 1, plain_leaves);
    one_.last_at = std::max(one_.last_at, each.at);
  }
  if (rule_.rule->has_replayed) {
    const auto all = effects_from(after_base()).effects;
    replay(all, all.size());
  }
}

/// What the base of replayed leaves has already must not be folded into their heads.
leaf_choice recomputation::choice_for(const effect& change) const {
  return is_in_base(*change.original) ? static_cast<leaf_choice>(plain_leaves | sliding_leaves)
                                      : all_leaves;
}

std::int64_t recomputation::after_base() const {
  return rule_.base_at == no_time ? no_time : rule_.base_at + 1;
}

/// Makes the heads of replayed leaves anew, from what stands of the events once the first `count`
/// of `effects` count.
void recomputation::replay(const std::vector<effect>& effects, std::size_t count) {
  clear_heads();
  std::unordered_map<const fact*, remainder> left;
  for (std::size_t i = 0; i < count; ++i)
    left[effects[i].original] = effects[i].after;
  for (std::size_t i = 0; i < count; ++i) {
    auto birth = effects[i];
    if (birth.before.is_there || birth.cause != birth.original || is_in_base(*birth.original))
      continue;
    birth.after = left[birth.original];
    if (birth.after.is_there)
      fold(*rule_.rule, one_, birth, 1, replayed_leaves);
  }
  end_step(*rule_.rule, one_);
}

void recomputation::clear_heads() {
  is_spoilt_ = false;
  for (std::size_t i = 0; i < rule_.rule->leaves.size(); ++i) {
    if (!rule_.rule->leaves[i].is_replayed)
      continue;
    auto& mine = replayed_of(one_.leaf(i));
    mine.head = mine.base;
  }
}

void recomputation::clear_points() {
  for (std::size_t i = 0; i < rule_.rule->leaves.size(); ++i) {
    if (rule_.rule->leaves[i].window == rules::window_kind::last)
      one_.leaf(i) = {};
  }
  one_.has_points = true;
}

void recomputation::fill_points() {
  if (one_.has_points)
    return;
  clear_points();
  if (rule_.rule->last_window_ms == 0 || one_.last_at == no_time)
    return;
  const auto from = one_.last_at - rule_.rule->last_window_ms;
  for (const auto& each : effects_from(from).old_effects)
    fold(*rule_.rule, one_, each, 1, sliding_leaves);
}

std::vector<grant> recomputation::redo(std::int64_t from) {
  const auto& rule = *rule_.rule;
  if (is_unborn_)
    from = std::min(from, first_derived());
  const auto changed_from = from;
  for (std::size_t i = 0; i < schemas::event_input_count; ++i) {
    // Time that the history no longer holds is final; what is new counts from its end on.
    if ((rule_.inputs_seen >> i & 1U) != 0) {
      const auto dropped = user_.history.dropped_until(static_cast<schemas::input>(i));
      from = std::max(from, dropped == no_time ? dropped : dropped + 1);
    }
  }
  const auto forgotten_from = from;
  from = std::max(from, one_.born_at); // Before its first event there is no such key.
  auto first = std::min(from - rule.last_window_ms, changed_from);
  if (rule.has_replayed)
    first = std::min(first, after_base());
  const auto time = effects_from(first);
  for (auto at = time.old_effects.rbegin(); at != time.old_effects.rend(); ++at)
    fold(rule, one_, *at, -1, plain_leaves);
  clear_points();
  clear_heads();
  auto before = one_.grants ? *one_.grants : std::vector<grant>{};
  forget_grants(forgotten_from);
  if (is_unborn(one_))
    be_unborn();
  else
    walk(time.effects, first_from(time.effects, from), from);
  return before;
}

/// Nothing is left that reached the key, so it is as if it had never been.
void recomputation::be_unborn() {
  one_.last_at = no_time;
  one_.zone = rules::no_zone;
  one_.has_points = false;
  one_.due_known = false;
}

void recomputation::forget_grants(std::int64_t from) {
  if (!one_.grants)
    return;
  from = std::max(from, rule_.judged_from); // Another version's decisions are final.
  for (auto& one : *one_.grants) {
    if (one.granted_at >= from)
      one.stands = false;
    if (one.end != ending::none && one.ended_at >= from)
      one.reopen();
    if (one.unclaimed_at >= from)
      one.unclaimed_at = no_time;
  }
  one_.note_standing();
  if (one_.rare)
    forget_debts(from);
  if (one_.dips) {
    std::erase_if(*one_.dips, [&](const dip& each) { return each.from >= from; });
    if (!one_.dips->empty() && one_.dips->back().to >= from)
      one_.dips->back().to = no_time;
  }
}

void recomputation::forget_debts(std::int64_t from) {
  auto& debts = one_.rare->debts;
  std::erase_if(debts, [&](const debt_span& each) { return each.from >= from; });
  for (auto& span : debts) {
    if (span.to >= from)
      span.to = no_time;
  }
  for (auto& one : *one_.grants) {
    const auto open = std::find_if(debts.begin(), debts.end(), [&](const debt_span& each) {
      return each.n == one.n && each.to == no_time;
    });
    one.owed.reset();
    if (open != debts.end() && one.end == ending::redeemed)
      one.owed = std::make_shared<const debt>(debt{open->from, open->cause});
  }
}

void recomputation::walk(const std::vector<effect>& effects, std::size_t first, std::int64_t from) {
  const auto looked_until = one_.last_at;
  const fact* newest_early = nullptr;
  const auto touches = touches_from(from);
  if (rule_.rule->holdings.empty() || looked_until == no_time)
    one_.zone = rules::no_zone;
  else if (from <= looked_until)
    one_.zone = zone_before(from);
  one_.last_at = from - 1;
  one_.due_known = false;
  for (std::size_t i = 0; i < first; ++i) {
    const auto& each = effects[i];
    const bool is_new = !is_old(*each.original) || (each.cause != nullptr && !is_old(*each.cause));
    if (is_new)
      newest_early = each.original;
    fold_next(each);
    if (each.cause != nullptr)
      one_.zone = each.cause->zone;
  }
  end_step(*rule_.rule, one_);
  if (is_spoilt_)
    replay(effects, first);
  if (newest_early != nullptr)
    look(from, newest_early);
  auto touch = touches.begin();
  for (std::size_t i = first; i < effects.size() || touch != touches.end();) {
    const auto at = std::min(i < effects.size() ? effects[i].at : never,
                             touch != touches.end() ? touch->at : never);
    pass_time(at - 1);
    const fact* cause = nullptr;
    const bool is_touched_by_events = i < effects.size() && effects[i].at == at;
    for (; i < effects.size() && effects[i].at == at; ++i) {
      fold_next(effects[i]);
      if (effects[i].cause != nullptr && (cause == nullptr || cause->id < effects[i].cause->id))
        cause = effects[i].cause;
    }
    end_step(*rule_.rule, one_);
    if (is_spoilt_)
      replay(effects, i);
    std::string_view decision; // The greatest cause among the holdings that change.
    for (; touch != touches.end() && touch->at == at; ++touch)
      decision = touch->cause != time_cause ? std::max(decision, touch->cause) : decision;
    if (!is_touched_by_events || (cause != nullptr && cause->id < decision))
      look_at_holdings(at, decision, cause);
    else
      look(at, cause);
  }
  pass_time(looked_until);
  one_.last_at = std::max(one_.last_at, looked_until);
}

void recomputation::fold_next(const effect& change) {
  fold(*rule_.rule, one_, change, 1, choice_for(change));
  is_spoilt_ = is_spoilt_ || spoils_replay(*rule_.rule, change);
}

void recomputation::look(std::int64_t at, const fact* cause) {
  one_.last_at = at;
  one_.due_known = false;
  one_.zone = cause != nullptr ? cause->zone : rules::no_zone;
  const auto today = day_at(*rule_.rule, at, cause != nullptr ? cause->offset_s : 0);
  judge(user_, rule_, one_,
        {at, cause != nullptr ? cause->id : time_cause, today, user_.zone(one_.zone)});
}

/// A look at which what other rules decided is the cause, in the zone of the event there, if any.
void recomputation::look_at_holdings(std::int64_t at, std::string_view cause, const fact* event) {
  one_.last_at = at;
  one_.due_known = false;
  if (event != nullptr)
    one_.zone = event->zone;
  auto now = moment_of(user_, rule_, one_);
  if (!cause.empty())
    now.cause = cause;
  judge(user_, rule_, one_, now);
}

/// When holdings that the rule looks at change.
std::vector<holding_change> recomputation::touches_from(std::int64_t from) const {
  if (rule_.rule->holdings.empty())
    return {};
  return holdings(user_, *rule_.rule, one_.key_text()).changes_from(from);
}

/// The zone of the last event that touched the instance before `at`.
rules::zone_index recomputation::zone_before(std::int64_t at) {
  const fact* last = nullptr;
  std::deque<fact> kept;
  const auto is_later = [&](const fact& event) {
    return event.at < at
           && (last == nullptr || event.at > last->at
               || (event.at == last->at && event.id > last->id));
  };
  user_.history.for_each(no_time, [&](const fact& event) {
    if (!is_later(event) || (!is_mine(event) && !takes_back_mine(event)))
      return;
    kept.push_back(event);
    last = &kept.back();
  });
  std::list<derived_event> derived;
  for_each_derived(user_, rule_, derived, [&](const derived_pair& both) {
    if (both.now == nullptr || !is_mine(both.now->birth()))
      return;
    for (const auto& each : both.now->effects(rule_.rule->refund))
      last = is_later(*each.cause) ? each.cause : last;
  });
  return last != nullptr ? last->zone : rules::no_zone;
}

void recomputation::pass_time(std::int64_t until) {
  for (auto due = next_due(user_, rule_, one_); due <= until; due = next_due(user_, rule_, one_)) {
    one_.last_at = std::max(one_.last_at, due);
    one_.due_known = false;
    judge(user_, rule_, one_, moment_of(user_, rule_, one_));
  }
}

} // namespace laurel::state
