#include "state/instance_fold.hpp"

#include "state/condition_reader.hpp"
#include "state/holdings.hpp"
#include "state/rules/rule_limits.hpp"

#include <algorithm>

namespace laurel::state {

using rules::compiled_rule;
using rules::fact;
using schemas::decimal;

namespace {

bool has_bit(std::uint64_t mask, int bit) {
  return (mask >> static_cast<unsigned>(bit) & 1U) != 0;
}

bool matches(const rules::sequence_terms::pattern& what, int type, const rules::scope& whole) {
  return has_bit(what.types, type) && holds(what.where, whole);
}

/// What `event` is to a sequence: which steps and bans it may be, and its values at `same`.
contribution sequence_contribution(const rules::sequence_terms& terms, int type,
                                   const rules::scope& whole) {
  contribution out;
  sequence_event event;
  std::string all;
  for (const auto path : terms.same) {
    const auto* found = whole.event.find(path);
    if (found == nullptr || std::holds_alternative<std::monostate>(*found))
      return out; // Alike to nothing.
    event.same = element_of(*found);
    all.append(event.same.data(), event.same.size());
  }
  if (terms.same.size() > 1)
    event.same = element_of(std::string_view(all));
  for (std::size_t i = 0; i < terms.steps.size(); ++i)
    event.steps |= matches(terms.steps[i], type, whole) ? 1U << i : 0U;
  for (std::size_t i = 0; i < terms.bans.size(); ++i)
    event.bans |= matches(terms.bans[i].what, type, whole) ? 1U << i : 0U;
  out.counts = event.steps != 0 || event.bans != 0 || terms.is_strict;
  put_event(out, event);
  return out;
}

booking booking_of(const compiled_rule& rule, const fact& event) {
  booking where{event.at, 0, event.id};
  if (rule.reads_days)
    where.day = day_at(rule, event.at, event.offset_s);
  return where;
}

bool is_part(const effect& change) {
  return change.before.is_there && change.after.is_there;
}

/// Whether `change` can change the value of `leaf`: a part of the amount is no element, no day and
/// no count.
bool concerns(const effect& change, const rules::leaf& leaf) {
  const auto& folded = leaf.streak && leaf.streak->minimum ? *leaf.streak->minimum : leaf;
  return !is_part(change) || (folded.of_reads_amount && reads_numbers(folded.kind));
}

leaf_choice choice_of(const rules::leaf& leaf) {
  if (leaf.is_replayed)
    return replayed_leaves;
  return leaf.window == rules::window_kind::last ? sliding_leaves : plain_leaves;
}

/// What is left of `event` after a retraction that names `part` (nothing: the whole event).
remainder without(const remainder& before, const std::optional<schemas::money>& part) {
  if (!before.is_there || !part)
    return {};
  if (!before.amount || !(before.amount->unit == part->unit))
    return before; // Another currency, or an event without an amount: nothing to take from.
  auto after = before;
  after.amount->minor -= std::min(part->minor, before.amount->minor);
  return after.amount->minor > 0 ? after : remainder{};
}

std::string part_text(const schemas::value& what) {
  if (const auto* text = std::get_if<std::string_view>(&what))
    return std::string(*text);
  if (const auto* number = std::get_if<decimal>(&what))
    return number->text();
  return std::get<bool>(what) ? "true" : "false";
}

} // namespace

contribution contribution_of(const compiled_rule& rule, const rules::leaf& leaf, int type,
                             const fact& event, const std::optional<schemas::money>& left) {
  contribution out;
  const rules::scope whole{event, rule, event.amount};
  if (leaf.sequence)
    return sequence_contribution(*leaf.sequence, type, whole);
  if (leaf.since && has_bit(leaf.since->types, type))
    out.is_marker = holds(leaf.since->where, whole);
  if (leaf.streak && has_bit(leaf.streak->freeze_types, type))
    out.is_marker = true;
  if (!has_bit(leaf.types, type) || event.at < leaf.from_ms || event.at >= leaf.to_ms)
    return out;
  if (leaf.currency && !(event.amount && event.amount->unit == *leaf.currency))
    return out;
  if (!holds(leaf.where, whole))
    return out;
  if (leaf.streak && leaf.streak->minimum) { // Its own filters decide what it adds to the unit.
    out = contribution_of(rule, *leaf.streak->minimum, type, event, left);
  } else if (leaf.kind == rules::leaf_kind::count) {
    out.number = 1;
  } else if (leaf.kind == rules::leaf_kind::distinct) {
    boost::container::small_vector<schemas::value, 4> values;
    evaluate_all(leaf.of, whole, values);
    for (const auto& value : values) {
      if (!std::holds_alternative<std::monostate>(value))
        out.elements.push_back(element_of(value));
    }
  } else if (reads_numbers(leaf.kind)) {
    const auto value = evaluate(leaf.of, rules::scope{event, rule, left});
    const auto* number = std::get_if<decimal>(&value);
    if (number == nullptr)
      return out;
    out.number = number->units();
  }
  out.counts = true;
  return out;
}

boost::container::small_vector<effect, 2> effects_of(const fact& original,
                                                     const std::vector<const fact*>& retractions,
                                                     rules::refund_policy refund) {
  boost::container::small_vector<effect, 2> out;
  out.push_back({original.at, &original, &original, {}, {true, original.amount}});
  if (refund == rules::refund_policy::ignore)
    return out;
  auto sorted = retractions;
  const auto from = [&](const fact* one) { return std::max(one->at, original.at); };
  std::sort(sorted.begin(), sorted.end(), [&](const fact* a, const fact* b) {
    return std::make_pair(from(a), a->id) < std::make_pair(from(b), b->id);
  });
  auto left = out.back().after;
  for (const auto* one : sorted) {
    const auto before = out.back().after;
    const auto* cause = one->at >= original.at ? one : nullptr;
    left = without(left, one->amount);
    const bool is_kept_whole = refund == rules::refund_policy::full_only && left.is_there;
    out.push_back({from(one), &original, cause, before, is_kept_whole ? before : left});
  }
  return out;
}

void fold(const compiled_rule& rule, instance& one, const effect& change, int sign,
          leaf_choice leaves) {
  const auto& event = *change.original;
  const auto type = rule.type_index(event.type);
  if (type < 0)
    return;
  const auto mask = rule.on[static_cast<std::size_t>(type)].leaves;
  const auto where = booking_of(rule, event);
  for (std::size_t i = 0; i < rule.leaves.size(); ++i) {
    const auto& leaf = rule.leaves[i];
    if ((mask >> i & 1U) == 0 || (choice_of(leaf) & leaves) == 0 || !concerns(change, leaf))
      continue;
    if (leaf.is_replayed) {
      if (sign > 0 && !change.before.is_there && change.after.is_there)
        fold(replayed_of(one.leaf(i)).head, leaf,
             contribution_of(rule, leaf, type, event, change.after.amount), where);
      continue;
    }
    if (change.after.is_there)
      fold(one.leaf(i), leaf, contribution_of(rule, leaf, type, event, change.after.amount), sign,
           where);
    if (change.before.is_there)
      fold(one.leaf(i), leaf, contribution_of(rule, leaf, type, event, change.before.amount), -sign,
           where);
  }
}

void end_step(const compiled_rule& rule, instance& one) {
  if (!rule.has_sequence)
    return;
  for (std::size_t i = 0; i < rule.leaves.size(); ++i) {
    if (!rule.leaves[i].sequence)
      continue;
    auto& mine = replayed_of(one.leaf(i));
    end_step(mine.base.sequence, *rule.leaves[i].sequence);
    end_step(mine.head.sequence, *rule.leaves[i].sequence);
  }
}

bool spoils_replay(const compiled_rule& rule, const effect& change) {
  const auto type = rule.type_index(change.original->type);
  if (!rule.has_replayed || type < 0 || !change.before.is_there)
    return false;
  return std::any_of(rule.leaves.begin(), rule.leaves.end(), [&](const rules::leaf& leaf) {
    return leaf.is_replayed && has_bit(leaf.reads(), type) && concerns(change, leaf);
  });
}

void fold_into_base(const compiled_rule& rule, instance& one, const fact& event,
                    const remainder& left) {
  const auto type = rule.type_index(event.type);
  if (type < 0 || !left.is_there)
    return;
  const auto where = booking_of(rule, event);
  for (std::size_t i = 0; i < rule.leaves.size(); ++i) {
    const auto& leaf = rule.leaves[i];
    if (leaf.is_replayed && has_bit(leaf.reads(), type))
      fold(replayed_of(one.leaf(i)).base, leaf,
           contribution_of(rule, leaf, type, event, left.amount), where);
  }
}

rules::day_number day_at(const compiled_rule& rule, std::int64_t at, std::int32_t offset_s) {
  return rules::local_day(at, rule.zone ? rule.zone->offset_s(at) : offset_s, rule.day_start_ms);
}

bool is_true(const user_state& user, const compiled_rule& rule, instance& one, std::int64_t now,
             rules::day_number today) {
  if (rule.last_window_ms > 0) {
    for (std::size_t i = 0; i < rule.leaves.size(); ++i)
      expire(one.leaf(i), rule.leaves[i], now);
  }
  return condition_reader(user, rule, one, {now, today}).holds(rule.when.conditions.size() - 1);
}

std::optional<std::int64_t> due_after(const user_state& user, const compiled_rule& rule,
                                      const instance& one, std::int64_t now,
                                      const rules::zone_table* user_zone) {
  const auto* zone = rule.zone ? rule.zone.get() : user_zone;
  const auto today = day_at(rule, now, zone != nullptr ? zone->offset_s(now) : 0);
  std::optional<std::int64_t> first;
  if (!rule.holdings.empty())
    first = holdings(user, rule, one.key_text()).due_after(now);
  for (std::size_t i = 0; i < rule.leaves.size(); ++i) {
    const auto next = next_due(one.leaf(i), rule.leaves[i], {now, today});
    auto at = next.at;
    if (next.day) {
      const auto local = std::int64_t{*next.day} * rules::ms_per_day + rule.day_start_ms;
      at = zone != nullptr ? zone->first_moment(local) : local;
    }
    if (!at)
      continue;
    const auto next_at = std::max(*at, now + 1);
    first = std::min(first.value_or(next_at), next_at);
  }
  return first;
}

key_list keys_of(const compiled_rule& rule, const fact& event) {
  key_list keys;
  keys.emplace_back();
  for (const auto path : rule.key_paths) {
    key_list longer;
    for (const auto& field : event.fields) {
      if (field.path != path || std::holds_alternative<std::monostate>(field.what))
        continue;
      const auto part = part_text(field.what);
      for (const auto& prefix : keys) {
        auto key = prefix;
        append_key_part(key, part);
        const bool is_new = std::find(longer.begin(), longer.end(), key) == longer.end();
        if (is_new && longer.size() < rules::keys_per_event_max)
          longer.push_back(std::move(key));
      }
    }
    keys = std::move(longer);
  }
  return keys;
}

} // namespace laurel::state
