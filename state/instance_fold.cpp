#include "state/instance_fold.hpp"

#include "state/condition_reader.hpp"
#include "state/rules/rule_limits.hpp"

#include <algorithm>

namespace laurel::state {

using rules::compiled_rule;
using rules::fact;
using schemas::decimal;

namespace {

contribution contribution_of(const compiled_rule& rule, const rules::leaf& leaf, const fact& event,
                             const std::optional<schemas::money>& left) {
  contribution out;
  if (leaf.currency && !(event.amount && event.amount->unit == *leaf.currency))
    return out;
  // Whether an event counts is decided by the event as it was; how much, by what is left of it.
  if (!holds(leaf.where, rules::scope{event, rule, event.amount}))
    return out;
  if (leaf.kind == rules::leaf_kind::count) {
    out.number = 1;
  } else if (leaf.kind == rules::leaf_kind::sum) {
    const auto value = evaluate(leaf.of, rules::scope{event, rule, left});
    const auto* number = std::get_if<decimal>(&value);
    if (number == nullptr)
      return out;
    out.number = number->units();
  } else if (leaf.kind == rules::leaf_kind::distinct) {
    const rules::scope in{event, rule, left};
    boost::container::small_vector<schemas::value, 4> values;
    evaluate_all(leaf.of, in, values);
    for (const auto& value : values) {
      if (!std::holds_alternative<std::monostate>(value))
        out.elements.push_back(element_of(value));
    }
  }
  out.counts = true;
  return out;
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

boost::container::small_vector<effect, 2> effects_of(const fact& original,
                                                     const std::vector<const fact*>& retractions) {
  boost::container::small_vector<effect, 2> out;
  out.push_back({original.at, &original, &original, {}, {true, original.amount}});
  auto sorted = retractions;
  const auto from = [&](const fact* one) { return std::max(one->at, original.at); };
  std::sort(sorted.begin(), sorted.end(), [&](const fact* a, const fact* b) {
    return std::make_pair(from(a), a->id) < std::make_pair(from(b), b->id);
  });
  for (const auto* one : sorted) {
    const auto before = out.back().after;
    const auto* cause = one->at >= original.at ? one : nullptr;
    out.push_back({from(one), &original, cause, before, without(before, one->amount)});
  }
  return out;
}

void fold(const compiled_rule& rule, instance& one, const effect& change, int sign,
          leaf_choice leaves) {
  const auto type = rule.type_index(change.original->type);
  if (type < 0)
    return;
  const auto& event = *change.original;
  const auto mask = rule.on[static_cast<std::size_t>(type)].leaves;
  const bool is_part = change.before.is_there && change.after.is_there;
  booking where{event.at, 0};
  if (rule.reads_days)
    where.day = day_at(rule, event.at, event.offset_s);
  for (std::size_t i = 0; i < rule.leaves.size(); ++i) {
    const auto& leaf = rule.leaves[i];
    const bool has_points = leaf.window == rules::window_kind::last;
    if ((mask >> i & 1U) == 0 || (is_part && !leaf.of_reads_amount)
        || (leaves != leaf_choice::all && has_points != (leaves == leaf_choice::points)))
      continue;
    if (is_part && leaf.kind != rules::leaf_kind::sum)
      continue; // A part of the amount is no element and no count.
    if (change.after.is_there)
      fold(one.leaf(i), leaf, contribution_of(rule, leaf, event, change.after.amount), sign, where);
    if (change.before.is_there)
      fold(
        one.leaf(i), leaf,
        contribution_of(rule, leaf, event,
                        leaf.kind == rules::leaf_kind::sum ? change.before.amount : event.amount),
        -sign, where);
  }
}

rules::day_number day_at(const compiled_rule& rule, std::int64_t at, std::int32_t offset_s) {
  return rules::local_day(at, rule.zone ? rule.zone->offset_s(at) : offset_s, rule.day_start_ms);
}

bool is_true(const compiled_rule& rule, instance& one, std::int64_t now, rules::day_number today) {
  if (rule.last_window_ms > 0) {
    for (std::size_t i = 0; i < rule.leaves.size(); ++i)
      expire(one.leaf(i), rule.leaves[i], now);
  }
  return condition_reader(rule, one, {now, today}).holds(rule.when.conditions.size() - 1);
}

std::optional<std::int64_t> due_after(const compiled_rule& rule, const instance& one,
                                      std::int64_t now, const rules::zone_table* user_zone) {
  const auto* zone = rule.zone ? rule.zone.get() : user_zone;
  const auto today = day_at(rule, now, zone != nullptr ? zone->offset_s(now) : 0);
  std::optional<std::int64_t> first;
  for (std::size_t i = 0; i < rule.leaves.size(); ++i) {
    const auto next = next_due(one.leaf(i), rule.leaves[i], today);
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
