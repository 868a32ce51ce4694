// What time does to a user: it passes, decides, and lets go of the past. Events are in
// evaluator.cpp.

#include "state/base_advance.hpp"
#include "state/evaluator.hpp"
#include "state/holdings.hpp"
#include "state/recomputation.hpp"

#include <algorithm>

namespace laurel::state {

using schemas::event_time;

namespace {

/// An event's local day differs from its UTC day by at most one, and so does a period's edge.
constexpr std::int64_t day_slack = 3;

schemas::decision_kind kind_of(verdict::change what) {
  if (what == verdict::change::owed)
    return schemas::decision_kind::debt;
  return what == verdict::change::repaid ? schemas::decision_kind::repaid
                                         : schemas::decision_kind::extended;
}

} // namespace

/// Nothing is touched, and all that has come so far is folded already.
void evaluator::begin_step() {
  touched_.clear();
  emitters_.clear();
  next_touched_ = 0;
  derived_.clear();
  user_.emitted.clear();
  for (std::size_t i = 0; i < schemas::event_input_count; ++i)
    cut_[i] = user_.history.next_ordinal(static_cast<schemas::input>(i));
}

void evaluator::announce(rule_state& rule, instance& one, const judgement& found) {
  for (const auto& each : found) {
    if (each.what == verdict::change::opened)
      log_.opened(rule, one, each.grant, trigger_);
    else if (each.what == verdict::change::ended)
      log_.closed(rule, one, each.grant, trigger_);
    else
      log_.changed(rule, one, each.grant, kind_of(each.what), trigger_);
  }
}

/// What time alone changes at the moment of the step, for those whom its events do not reach.
void evaluator::touch_what_is_due() {
  for (const auto& rule : user_.rules) {
    if (rule->rule == nullptr || !rule->rule->time_matters())
      continue;
    for (const auto& one : rule->instances) {
      if (waits_for_time(*rule, *one))
        recomputation(user_, *rule, *one, cut_).fill_points();
      if (next_due(user_, *rule, *one) <= now_)
        touched_at(*rule, *one, now_);
    }
  }
}

void evaluator::pass_time(rule_state& rule, instance& one, std::int64_t until) {
  for (auto due = next_due(user_, rule, one); due <= until; due = next_due(user_, rule, one)) {
    one.last_at = std::max(one.last_at, due);
    one.due_known = false;
    user_.touch(rule, one);
    announce(rule, one, judge(user_, rule, one, moment_of(user_, rule, one)));
  }
}

/// Lets time pass for one rule, up to `to`; when it is due next. What it looks at has been decided.
std::int64_t evaluator::advance(rule_state& rule, std::int64_t to) {
  auto first = never;
  for (const auto& one : rule.instances) {
    const auto each = std::find_if(touched_.begin(), touched_.end(), [&](const touched& known) {
      return known.one == one.get() && !known.is_decided;
    });
    if (each != touched_.end())
      decide(*each);
    if (!rule.rule->time_matters())
      continue;
    if (waits_for_time(rule, *one))
      recomputation(user_, rule, *one, cut_).fill_points();
    pass_time(rule, *one, to);
    first = std::min(first, next_due(user_, rule, *one));
  }
  spread();
  while (spread_emitters_before(nullptr)) {
  }
  return first;
}

void evaluator::advance(std::int64_t to, const trigger& by) {
  trigger_ = by;
  now_ = no_time;
  begin_step();
  auto first = never;
  if (user_.book->graph().has_edges) {
    for (const auto index : user_.book->graph().order) { // Each after what it looks at.
      if (auto* rule = user_.bound_rule(index))
        first = std::min(first, advance(*rule, to));
    }
  } else {
    for (const auto& rule : user_.rules) {
      if (rule->rule != nullptr && rule->rule->time_matters())
        first = std::min(first, advance(*rule, to));
    }
  }
  first = std::min(first, expire_manual(to));
  const auto timer = first != never ? first : no_time;
  user_.core_dirty = user_.core_dirty || user_.timer_at != timer;
  user_.timer_at = timer;
}

std::int64_t evaluator::oldest_of(std::uint8_t inputs) const {
  auto oldest = std::numeric_limits<std::int64_t>::max();
  for (std::size_t i = 0; i < schemas::event_input_count; ++i) {
    if ((inputs >> i & 1U) != 0 && user_.clock[i] != no_time)
      oldest = std::min(oldest, user_.clock[i] - horizon_.ms[i]);
  }
  return oldest == std::numeric_limits<std::int64_t>::max() ? no_time : oldest;
}

void evaluator::prune(rule_state& rule, instance& one) const {
  if (!rule.rule->reads_days && !one.dips && !one.rare)
    return;
  // As long as the history can be folded in anew, what it is folded into has to be there. Not the
  // horizon decides: an input that is heard of for the first time may begin far behind the other.
  auto oldest = std::numeric_limits<std::int64_t>::max();
  for (std::size_t i = 0; i < schemas::event_input_count; ++i) {
    if ((rule.inputs_seen >> i & 1U) != 0)
      oldest = std::min(oldest, user_.history.dropped_until(static_cast<schemas::input>(i)));
  }
  if (oldest == no_time || oldest == std::numeric_limits<std::int64_t>::max())
    return;
  if (one.rare)
    std::erase_if(one.rare->debts,
                  [&](const debt_span& each) { return each.to != no_time && each.to < oldest; });
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
