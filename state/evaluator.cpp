#include "state/evaluator.hpp"

#include "state/base_advance.hpp"
#include "state/recomputation.hpp"

#include <algorithm>

namespace laurel::state {

using rules::fact;
using schemas::event;
using schemas::event_time;

namespace {

unsigned bit_of(schemas::input from) {
  return 1U << static_cast<unsigned>(from);
}

} // namespace

evaluator::evaluator(user_state& user, const rules::active_rules& rules, const horizons& horizon,
                     evaluation& out)
    : user_(user), rules_(rules), horizon_(horizon), out_(out), log_(user, out) {
  bind_rules(user, rules);
}

void evaluator::apply(std::span<const event* const> events) {
  out_.fates.reserve(events.size());
  for (std::size_t begin = 0; begin < events.size();) {
    auto end = begin + 1;
    if (events[begin]->order != nullptr) {
      out_.fates.push_back(obey(*events[begin]));
      begin = end;
      continue;
    }
    while (end < events.size() && events[end]->at == events[begin]->at
           && events[end]->order == nullptr)
      ++end;
    step(events.subspan(begin, end - begin));
    begin = end;
  }
}

void evaluator::step(std::span<const event* const> events) {
  const auto at = events.front()->at.ms;
  trigger_ = trigger_of(*events.front());
  // A rule sees what others hold now, also what time alone has changed.
  const bool is_due = user_.book->graph().has_edges && user_.timer_at != no_time;
  if (is_due && user_.timer_at < at)
    advance(at - 1, trigger_);
  now_ = at;
  facts_.clear();
  older_.clear();
  begin_step();
  facts_.reserve(events.size()); // What is touched points to facts.
  for (const auto* each : events)
    out_.fates.push_back(admit(*each));
  for (const auto& each : facts_)
    gather(each);
  if (is_due && user_.timer_at != no_time && user_.timer_at <= now_)
    touch_what_is_due();
  decide_touched();
  for (const auto& each : facts_)
    drop_history(each.from);
}

void evaluator::decide_touched() {
  for (auto* each = next_touched(); each != nullptr || !emitters_.empty(); each = next_touched()) {
    if (!spread_emitters_before(each))
      decide(*each);
  }
  for (const auto& each : touched_) {
    if (const auto due = next_due(user_, *each.rule, *each.one); due != never)
      user_.wake_by(due);
  }
}

/// What is to be decided next: each rule after those that it depends on.
evaluator::touched* evaluator::next_touched() {
  const auto& graph = user_.book->graph();
  if (!graph.has_edges)
    return next_touched_ < touched_.size() ? &touched_[next_touched_++] : nullptr;
  touched* next = nullptr;
  for (auto& each : touched_) {
    const bool is_before =
      next == nullptr || graph.rank[each.rule->index] < graph.rank[next->rule->index];
    if (!each.is_decided && is_before)
      next = &each;
  }
  return next;
}

void evaluator::decide(touched& each) {
  each.is_decided = true;
  user_.touch(*each.rule, *each.one);
  if (!each.in_order)
    run_past(each);
  else if (each.effects.empty()) // Time alone.
    pass_time(*each.rule, *each.one, now_);
  else
    run_in_order(each);
  spread();
}

void evaluator::run_past(touched& each) {
  auto& rule = *each.rule;
  auto& one = *each.one;
  recomputation past(user_, rule, one, cut_);
  if (each.from > one.last_at && rule.rule->time_matters()) {
    if (waits_for_time(rule, one))
      recomputation(user_, rule, one, cut_).fill_points();
    pass_time(rule, one, each.from - 1);
  }
  const bool is_after_grant =
    !each.has_derived && is_settled(rule, one) && one.grants->front().granted_at < each.from;
  if (is_after_grant) { // Only what lies at or before the crossing can change it.
    past.adjust(each.originals);
    one.has_points = false;
    if (rule.rule->has_terms) // What ends at this very moment ends now.
      pass_time(rule, one, each.from);
  } else {
    log_.settle(rule, one, past.redo(each.from), trigger_);
  }
  prune(rule, one);
}

event_fate evaluator::admit(const event& event) {
  const auto input = static_cast<std::size_t>(event.from);
  auto& clock = user_.clock[input];
  if (event.at.ms <= user_.erased_at)
    return event_fate::erased;
  if (clock != no_time && event.at.ms < clock - horizon_.ms[input])
    return event_fate::late;
  if (user_.history.find(event.id))
    return event_fate::duplicate;
  const auto* type = user_.book->find_type(event.type);
  facts_.push_back(fact_of(event, type));
  user_.history.append(facts_.back(), type != nullptr ? type->keep_ms : 0);
  clock = std::max(clock, event.at.ms);
  if (event.recorded_at >= trigger_.recorded_at)
    trigger_ = trigger_of(event);
  user_.core_dirty = true;
  return event_fate::applied;
}

fact evaluator::fact_of(const event& event, const rules::rule_book::type_entry* type) {
  fact out;
  out.id = event.id;
  out.retracts = event.retracts;
  out.at = event.at.ms;
  out.from = event.from;
  if (type != nullptr || !event.retracts.empty()) {
    out.amount = event.amount;
    out.zone = event.zone.empty() ? rules::no_zone : user_.zone_named(event.zone);
    out.offset_s = user_.offset_s(out.zone, out.at);
  }
  if (type == nullptr)
    return out; // No rule reads it: its id and what it takes back are all that is worth keeping.
  out.type = type->hash;
  const auto& paths = user_.book->path_hashes();
  for (const auto& field : event.fields) {
    if (field.slot < paths.size())
      out.fields.push_back({paths[field.slot], field.what});
  }
  return out;
}

rule_state& evaluator::state_of(std::uint32_t index) {
  if (auto* known = user_.bound_rule(index))
    return *known;
  auto made = std::make_unique<rule_state>();
  made->rule = user_.book->rules()[index].get();
  made->index = index;
  made->id = made->rule->id;
  made->version = made->rule->version_number;
  made->aggregates = made->rule->aggregates_number;
  made->counts_from = rules_.effective_from[index].ms;
  made->judged_from = made->counts_from;
  made->since = cut_;
  const auto at = std::lower_bound(user_.bound.begin(), user_.bound.end(), index);
  const auto place = at - user_.bound.begin();
  user_.bound.insert(at, index);
  return **user_.rules.insert(user_.rules.begin() + place, std::move(made));
}

void evaluator::gather(const fact& event) {
  const auto* type = event.type != 0 ? user_.book->find_type(event.type) : nullptr;
  const auto retractions = user_.history.retractions_of(event.id);
  const bool is_retracted = !retractions.empty();
  auto inputs = bit_of(event.from);
  for (const auto where : retractions)
    inputs |= bit_of(where.from);
  if (type != nullptr) {
    for (const auto index : type->rules) {
      auto& rule = state_of(index);
      if (!rule.counts(event))
        continue;
      note_inputs(rule, inputs);
      const effect birth{event.at, &event, &event, {}, {true, event.amount}};
      for (const auto& key : keys_of(*rule.rule, event)) {
        auto& one = rule.find_or_add(key);
        note_birth(rule, one, event.at);
        if (rule.rule->has_replayed && event.at <= rule.base_at)
          join_base(user_, rule, one, event);
        // What a new key looks at may have changed later than this; and a retraction that is known
        // already may count from a later time.
        const bool may_see_later =
          one.last_at == no_time
          && (!rule.rule->holdings.empty() || !user_.book->graph().emitters[index].empty());
        touch(rule, one, birth, &event, event.at > one.last_at && !is_retracted && !may_see_later);
      }
    }
  }
  if (!event.retracts.empty() && event.retracts != event.id)
    gather_retraction(event);
}

/// Inputs have reached the rule: bits. What one of them can no longer change is final for it.
void evaluator::note_inputs(rule_state& rule, unsigned inputs) {
  constexpr unsigned both = 0b11;
  rule.inputs_seen = static_cast<std::uint8_t>(rule.inputs_seen | inputs);
  user_.is_joined = user_.is_joined || rule.inputs_seen == both;
}

/// An event reached a key. The first is remembered where more than the key's own events may make
/// something true: for those that look at holdings, and those that take what may be withdrawn.
void evaluator::note_birth(const rule_state& rule, instance& one, std::int64_t at) {
  const bool matters =
    !rule.rule->holdings.empty() || !user_.book->graph().emitters[rule.index].empty();
  if (one.key && matters)
    one.born_at = one.born_at == no_time ? at : std::min(one.born_at, at);
}

void evaluator::gather_retraction(const fact& retraction) {
  const auto where = user_.history.find(retraction.retracts);
  if (!where)
    return; // It waits for its original.
  older_.push_back(user_.history.read(*where));
  const auto& original = older_.back();
  const auto* type = original.type != 0 ? user_.book->find_type(original.type) : nullptr;
  if (type == nullptr)
    return;
  const bool is_of_this_step = original.ordinal >= cut_[static_cast<std::size_t>(original.from)];
  std::vector<const fact*> retractions;
  for (const auto each : user_.history.retractions_of(original.id)) {
    older_.push_back(user_.history.read(each));
    retractions.push_back(&older_.back());
  }
  const auto at = std::max(retraction.at, original.at);
  for (const auto index : type->rules) {
    auto& rule = state_of(index);
    if (!rule.counts(original) || rule.rule->refund == rules::refund_policy::ignore)
      continue;
    note_inputs(rule, bit_of(original.from) | bit_of(retraction.from));
    const auto effects = effects_of(original, retractions, rule.rule->refund);
    const auto mine = std::find_if(effects.begin() + 1, effects.end(), [&](const effect& each) {
      return each.cause != nullptr && each.cause->id == retraction.id;
    });
    for (const auto& key : keys_of(*rule.rule, original)) {
      auto& one = rule.find_or_add(key);
      const bool in_order = mine != effects.end() && at > one.last_at && !is_of_this_step;
      const effect change = mine != effects.end() ? *mine : effect{at, &original, nullptr, {}, {}};
      touch(rule, one, change, retraction.at >= original.at ? &retraction : nullptr, in_order);
    }
  }
}

evaluator::touched& evaluator::touched_at(rule_state& rule, instance& one, std::int64_t from) {
  auto each = std::find_if(touched_.begin(), touched_.end(),
                           [&](const touched& known) { return known.one == &one; });
  if (each == touched_.end()) {
    touched_.emplace_back();
    each = std::prev(touched_.end());
    each->rule = &rule;
    each->one = &one;
    each->from = from;
  }
  each->from = std::min(each->from, from);
  return *each;
}

void evaluator::touch(rule_state& rule, instance& one, const effect& change, const fact* cause,
                      bool in_order) {
  auto* each = &touched_at(rule, one, change.at);
  const bool needs_replay =
    rule.rule->has_replayed
    && (change.original->at <= rule.base_at || spoils_replay(*rule.rule, change));
  each->in_order = each->in_order && in_order && !needs_replay;
  if (cause != nullptr && (each->cause == nullptr || each->cause->id < cause->id))
    each->cause = cause;
  each->effects.push_back(change);
  const bool is_known =
    std::any_of(each->originals.begin(), each->originals.end(),
                [&](const fact* known) { return known->id == change.original->id; });
  if (!is_known)
    each->originals.push_back(change.original);
}

void evaluator::run_in_order(touched& each) {
  auto& rule = *each.rule;
  auto& one = *each.one;
  const bool settled = is_settled(rule, one);
  if (!settled && !one.has_points)
    recomputation(user_, rule, one, cut_).fill_points();
  if (rule.rule->time_matters())
    pass_time(rule, one, now_ - 1);
  std::sort(each.effects.begin(), each.effects.end(), [](const effect& a, const effect& b) {
    return a.original->id < b.original->id; // The order that replayed leaves need.
  });
  for (const auto& change : each.effects)
    fold(*rule.rule, one, change, 1, settled ? stored_leaves : all_leaves);
  end_step(*rule.rule, one);
  one.has_points = !settled;
  one.last_at = now_;
  one.zone = each.cause->zone;
  one.due_known = false;
  prune(rule, one);
  if (settled && !rule.rule->has_terms)
    return;
  rules::day_number today = 0;
  if (rule.rule->reads_days)
    today = day_at(*rule.rule, now_, each.cause->offset_s);
  announce(rule, one, judge(user_, rule, one, {now_, each.cause->id, today, user_.zone(one.zone)}));
}

} // namespace laurel::state
