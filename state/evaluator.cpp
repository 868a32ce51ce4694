#include "state/evaluator.hpp"

#include "state/base_advance.hpp"
#include "state/recomputation.hpp"

#include <algorithm>

namespace laurel::state {

using rules::fact;
using schemas::event;
using schemas::event_time;

namespace {

/// An event's local day differs from its UTC day by at most one, and so does a period's edge.
constexpr std::int64_t day_slack = 3;

} // namespace

evaluator::evaluator(user_state& user, const rules::active_rules& rules, const horizons& horizon,
                     evaluation& out)
    : user_(user), rules_(rules), horizon_(horizon), out_(out), log_(user, out.decisions) {
  bind_rules(user, rules);
}

void evaluator::apply(std::span<const event* const> events) {
  out_.fates.reserve(events.size());
  for (std::size_t begin = 0; begin < events.size();) {
    auto end = begin + 1;
    while (end < events.size() && events[end]->at == events[begin]->at)
      ++end;
    step(events.subspan(begin, end - begin));
    begin = end;
  }
}

void evaluator::step(std::span<const event* const> events) {
  facts_.clear();
  older_.clear();
  touched_.clear();
  facts_.reserve(events.size()); // What is touched points to facts.
  for (std::size_t i = 0; i < schemas::input_count; ++i)
    cut_[i] = user_.history.next_ordinal(static_cast<schemas::input>(i));
  now_ = events.front()->at.ms;
  recorded_at_ = events.front()->recorded_at;
  for (const auto* each : events)
    out_.fates.push_back(admit(*each));
  for (const auto& each : facts_)
    gather(each);
  for (auto& each : touched_) {
    user_.touch(*each.rule, *each.one);
    if (each.in_order) {
      run_in_order(each);
      continue;
    }
    recomputation past(user_, *each.rule, *each.one, cut_);
    if (each.from > each.one->last_at && each.rule->rule->time_matters()) {
      if (waits_for_time(*each.rule, *each.one))
        recomputation(user_, *each.rule, *each.one, cut_).fill_points();
      pass_time(*each.rule, *each.one, each.from - 1, recorded_at_);
    }
    const bool is_after_grant =
      is_settled(*each.rule, *each.one) && each.one->grants->front().granted_at < each.from;
    if (is_after_grant) { // Only what lies at or before the crossing can change it.
      past.adjust(each.originals);
      each.one->has_points = false;
    } else {
      log_.settle(*each.rule, *each.one, past.redo(each.from), recorded_at_);
    }
    prune(*each.rule, *each.one);
  }
  for (const auto& each : touched_) {
    const auto* zone = user_.zone(each.one->zone);
    if (const auto due = next_due(*each.rule, *each.one, zone); due != never)
      user_.wake_by(due);
  }
  for (const auto& each : facts_)
    drop_history(each.from);
}

event_fate evaluator::admit(const event& event) {
  const auto input = static_cast<std::size_t>(event.from);
  auto& clock = user_.clock[input];
  if (clock != no_time && event.at.ms < clock - horizon_.ms[input])
    return event_fate::late;
  if (user_.history.find(event.id))
    return event_fate::duplicate;
  const auto* type = user_.book->find_type(event.type);
  facts_.push_back(fact_of(event, type));
  user_.history.append(facts_.back(), type != nullptr ? type->keep_ms : 0);
  clock = std::max(clock, event.at.ms);
  recorded_at_ = std::max(recorded_at_, event.recorded_at);
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
    out.zone = event.zone.empty() ? rules::no_zone : zone_of(event.zone);
    if (const auto* zone = user_.zone(out.zone))
      out.offset_s = zone->offset_s(out.at);
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

rules::zone_index evaluator::zone_of(std::string_view name) {
  for (std::size_t i = 0; i < user_.zones.size(); ++i) {
    if (user_.zones[i].name == name)
      return static_cast<rules::zone_index>(i);
  }
  auto table = rules::zone_table::of(std::string(name));
  if (!table)
    return rules::no_zone; // Not in this machine's time zone database.
  user_.zones.push_back({std::string(name), std::move(table)});
  return static_cast<rules::zone_index>(user_.zones.size() - 1);
}

rule_state& evaluator::state_of(std::uint32_t index) {
  const auto at = std::lower_bound(user_.bound.begin(), user_.bound.end(), index);
  const auto place = at - user_.bound.begin();
  if (at != user_.bound.end() && *at == index)
    return *user_.rules[static_cast<std::size_t>(place)];
  auto made = std::make_unique<rule_state>();
  made->rule = user_.book->rules()[index].get();
  made->index = index;
  made->id = made->rule->id;
  made->version = made->rule->version_number;
  made->aggregates = made->rule->aggregates_number;
  made->counts_from = rules_.effective_from[index].ms;
  made->judged_from = made->counts_from;
  made->since = cut_;
  user_.bound.insert(at, index);
  return **user_.rules.insert(user_.rules.begin() + place, std::move(made));
}

void evaluator::gather(const fact& event) {
  const auto* type = event.type != 0 ? user_.book->find_type(event.type) : nullptr;
  const bool is_retracted =
    user_.history.has_retractions() && !user_.history.retractions_of(event.id).empty();
  if (type != nullptr) {
    for (const auto index : type->rules) {
      auto& rule = state_of(index);
      if (!rule.counts(event))
        continue;
      rule.inputs_seen =
        static_cast<std::uint8_t>(rule.inputs_seen | 1U << static_cast<unsigned>(event.from));
      constexpr unsigned both = 0b11;
      user_.is_joined = user_.is_joined || rule.inputs_seen == both;
      const effect birth{event.at, &event, &event, {}, {true, event.amount}};
      for (const auto& key : keys_of(*rule.rule, event)) {
        auto& one = rule.find_or_add(key);
        // Its retraction is known already, and may count from a later time than this.
        touch(rule, one, birth, &event, event.at > one.last_at && !is_retracted);
      }
    }
  }
  if (!event.retracts.empty() && event.retracts != event.id)
    gather_retraction(event);
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

void evaluator::touch(rule_state& rule, instance& one, const effect& change, const fact* cause,
                      bool in_order) {
  auto each = std::find_if(touched_.begin(), touched_.end(),
                           [&](const touched& known) { return known.one == &one; });
  if (each == touched_.end()) {
    touched_.emplace_back();
    each = std::prev(touched_.end());
    each->rule = &rule;
    each->one = &one;
    each->from = change.at;
  }
  const bool needs_replay =
    rule.rule->has_replayed
    && (change.original->at <= rule.base_at || spoils_replay(*rule.rule, change));
  each->in_order = each->in_order && in_order && !needs_replay;
  each->from = std::min(each->from, change.at);
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
    pass_time(rule, one, now_ - 1, recorded_at_);
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
  announce(rule, one, judge(rule, one, {now_, each.cause->id, today, user_.zone(one.zone)}),
           recorded_at_);
}

void evaluator::announce(rule_state& rule, instance& one, const judgement& found,
                         event_time recorded_at) {
  for (const auto& each : found) {
    if (each.is_opened)
      log_.opened(rule, one, each.grant, recorded_at);
    else
      log_.closed(rule, one, each.grant, recorded_at);
  }
}

void evaluator::pass_time(rule_state& rule, instance& one, std::int64_t until,
                          event_time recorded_at) {
  const auto* zone = user_.zone(one.zone);
  for (auto due = next_due(rule, one, zone); due <= until; due = next_due(rule, one, zone)) {
    one.last_at = std::max(one.last_at, due);
    one.due_known = false;
    user_.touch(rule, one);
    announce(rule, one, judge(rule, one, moment_of(rule, one, zone)), recorded_at);
  }
}

void evaluator::advance(std::int64_t to, event_time recorded_at) {
  auto first = never;
  for (const auto& rule : user_.rules) {
    if (rule->rule == nullptr || !rule->rule->time_matters())
      continue;
    for (std::size_t i = 0; i < schemas::input_count; ++i)
      cut_[i] = user_.history.next_ordinal(static_cast<schemas::input>(i));
    for (const auto& one : rule->instances) {
      if (waits_for_time(*rule, *one))
        recomputation(user_, *rule, *one, cut_).fill_points();
      pass_time(*rule, *one, to, recorded_at);
      first = std::min(first, next_due(*rule, *one, user_.zone(one->zone)));
    }
  }
  const auto timer = first != never ? first : no_time;
  user_.core_dirty = user_.core_dirty || user_.timer_at != timer;
  user_.timer_at = timer;
}

std::int64_t evaluator::oldest_of(std::uint8_t inputs) const {
  auto oldest = std::numeric_limits<std::int64_t>::max();
  for (std::size_t i = 0; i < schemas::input_count; ++i) {
    if ((inputs >> i & 1U) != 0 && user_.clock[i] != no_time)
      oldest = std::min(oldest, user_.clock[i] - horizon_.ms[i]);
  }
  return oldest == std::numeric_limits<std::int64_t>::max() ? no_time : oldest;
}

void evaluator::prune(rule_state& rule, instance& one) const {
  if (!rule.rule->reads_days && !one.dips)
    return;
  // As long as the history can be folded in anew, what it is folded into has to be there. Not the
  // horizon decides: an input that is heard of for the first time may begin far behind the other.
  auto oldest = std::numeric_limits<std::int64_t>::max();
  for (std::size_t i = 0; i < schemas::input_count; ++i) {
    if ((rule.inputs_seen >> i & 1U) != 0)
      oldest = std::min(oldest, user_.history.dropped_until(static_cast<schemas::input>(i)));
  }
  if (oldest == no_time || oldest == std::numeric_limits<std::int64_t>::max())
    return;
  if (one.dips)
    std::erase_if(*one.dips,
                  [&](const dip& each) { return each.to != no_time && each.to < oldest; });
  const auto day = static_cast<rules::day_number>(oldest / rules::ms_per_day - day_slack);
  for (std::size_t i = 0; i < rule.rule->leaves.size(); ++i)
    state::prune(one.leaf(i), rule.rule->leaves[i], day);
}

void evaluator::drop_history(schemas::input from) {
  constexpr std::uint8_t both = 0b11;
  const auto mine = static_cast<std::uint8_t>(1U << static_cast<unsigned>(from));
  const auto oldest = oldest_of(user_.is_joined ? both : mine);
  if (oldest == no_time)
    return;
  const auto until = user_.history.droppable_until(from, oldest);
  if (until == no_time)
    return;
  advance_bases(user_, from, until);
  for (const auto first : user_.history.drop(from, oldest))
    user_.dead_segments.emplace_back(from, first);
}

} // namespace laurel::state
