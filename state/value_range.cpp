#include "state/value_range.hpp"

#include <algorithm>

namespace laurel::state {

using rules::condition_node;
using rules::expression_node;
using rules::leaf_kind;
using rules::number_node;
using schemas::decimal;
using kind = condition_node::kind;

namespace {

decimal whole(std::int64_t number) {
  return decimal::from_integer(number);
}

/// The most days that a unit has.
std::int64_t days_of(rules::calendar_unit unit) {
  constexpr std::int64_t most[] = {1, 7, 31, 92, 366};
  return most[static_cast<std::size_t>(unit)];
}

/// How many different values there are at most of what is counted; nothing if that is not known.
std::optional<std::int64_t> distinct_max(const rules::leaf& leaf) {
  if (leaf.of.nodes.size() != 1)
    return std::nullopt;
  switch (leaf.of.nodes.front().what) {
  case expression_node::kind::hour:
    return 24;
  case expression_node::kind::day_of_week:
    return 7;
  case expression_node::kind::month:
    return 12;
  case expression_node::kind::date:
    return leaf.window == rules::window_kind::calendar ? std::optional(days_of(leaf.unit))
                                                       : std::nullopt;
  default:
    return std::nullopt;
  }
}

bool is_amount(const rules::leaf& leaf) {
  return leaf.of.nodes.size() == 1 && leaf.of.nodes.front().what == expression_node::kind::amount;
}

value_range range_of_leaf(const rules::leaf& leaf) {
  switch (leaf.kind) {
  case leaf_kind::count:
  case leaf_kind::streak:
    return {whole(0), std::nullopt};
  case leaf_kind::sequence:
    return {whole(0), whole(1)};
  case leaf_kind::distinct: {
    const auto most = distinct_max(leaf);
    return {whole(0), most ? std::optional(whole(*most)) : std::nullopt};
  }
  default: // Amounts are never negative.
    return is_amount(leaf) ? value_range{whole(0), std::nullopt} : value_range{};
  }
}

template <class Operation>
std::optional<decimal> both(const std::optional<decimal>& a, const std::optional<decimal>& b,
                            Operation operation) {
  return a && b ? operation(*a, *b) : std::nullopt;
}

bool always_has_value(const rules::compiled_rule& rule, std::size_t index) {
  const auto& node = rule.when.numbers[index];
  if (node.what == number_node::kind::constant)
    return true;
  if (node.what == number_node::kind::leaf) {
    const auto what = rule.leaves[node.left].kind;
    return what == leaf_kind::count || what == leaf_kind::distinct || what == leaf_kind::streak;
  }
  return false; // It may overflow, or divide by zero.
}

certainty compared(const rules::compiled_rule& rule, const condition_node& node) {
  const auto left = range_of(rule, node.left);
  const auto right = range_of(rule, node.right);
  const auto is_below = [](const auto& a, const auto& b) { return a && b && *a < *b; };
  const auto is_at_most = [](const auto& a, const auto& b) { return a && b && *a <= *b; };
  bool never = false;
  bool always = false;
  switch (node.what) {
  case kind::ge:
    never = is_below(left.greatest, right.least);
    always = is_at_most(right.greatest, left.least);
    break;
  case kind::gt:
    never = is_at_most(left.greatest, right.least);
    always = is_below(right.greatest, left.least);
    break;
  case kind::le:
    never = is_below(right.greatest, left.least);
    always = is_at_most(left.greatest, right.least);
    break;
  case kind::lt:
    never = is_at_most(right.greatest, left.least);
    always = is_below(left.greatest, right.least);
    break;
  default:
    never = is_below(left.greatest, right.least) || is_below(right.greatest, left.least);
  }
  if (never)
    return certainty::never;
  const bool has_values = always_has_value(rule, node.left) && always_has_value(rule, node.right);
  return always && has_values ? certainty::always : certainty::maybe;
}

/// Whether two comparisons of one number with constants leave nothing between them.
bool exclude(const rules::compiled_rule& rule, const condition_node& a, const condition_node& b) {
  const auto constant = [&](const condition_node& node) -> std::optional<decimal> {
    const auto& right = rule.when.numbers[node.right];
    const auto& left = rule.when.numbers[node.left];
    const bool is_bound =
      right.what == number_node::kind::constant && left.what == number_node::kind::leaf;
    return is_bound ? std::optional(right.constant) : std::nullopt;
  };
  const bool is_floor = a.what == kind::ge || a.what == kind::gt;
  const bool is_ceiling = b.what == kind::le || b.what == kind::lt;
  if (!is_floor || !is_ceiling)
    return false;
  const auto least = constant(a);
  const auto greatest = constant(b);
  if (!least || !greatest || rule.when.numbers[a.left].left != rule.when.numbers[b.left].left)
    return false;
  const bool is_strict = a.what == kind::gt || b.what == kind::lt;
  return is_strict ? *least >= *greatest : *least > *greatest;
}

bool has_exclusion(const rules::compiled_rule& rule, const condition_node& node) {
  for (const auto a : node.children) {
    for (const auto b : node.children) {
      if (exclude(rule, rule.when.conditions[a], rule.when.conditions[b]))
        return true;
    }
  }
  return false;
}

/// Of `needed` out of the parts.
certainty of_parts(const rules::compiled_rule& rule, const condition_node& node,
                   std::size_t needed) {
  std::size_t never = 0;
  std::size_t always = 0;
  for (const auto child : node.children) {
    const auto each = certainty_of(rule, child);
    never += each == certainty::never ? 1U : 0U;
    always += each == certainty::always ? 1U : 0U;
  }
  if (node.children.size() - never < needed)
    return certainty::never;
  return always >= needed ? certainty::always : certainty::maybe;
}

} // namespace

value_range range_of(const rules::compiled_rule& rule, std::size_t index) {
  const auto& node = rule.when.numbers[index];
  if (node.what == number_node::kind::constant)
    return {node.constant, node.constant};
  if (node.what == number_node::kind::leaf)
    return range_of_leaf(rule.leaves[node.left]);
  const auto left = range_of(rule, node.left);
  const auto right = range_of(rule, node.right);
  const auto plus = [](decimal a, decimal b) { return schemas::add(a, b); };
  const auto minus = [](decimal a, decimal b) { return schemas::subtract(a, b); };
  if (node.what == number_node::kind::add)
    return {both(left.least, right.least, plus), both(left.greatest, right.greatest, plus)};
  if (node.what == number_node::kind::subtract)
    return {both(left.least, right.greatest, minus), both(left.greatest, right.least, minus)};
  return {};
}

certainty certainty_of(const rules::compiled_rule& rule, std::size_t index) {
  const auto& node = rule.when.conditions[index];
  switch (node.what) {
  case kind::all:
    return has_exclusion(rule, node) ? certainty::never
                                     : of_parts(rule, node, node.children.size());
  case kind::any:
    return of_parts(rule, node, 1);
  case kind::at_least:
    return of_parts(rule, node, node.left);
  case kind::negate: {
    const auto inner = certainty_of(rule, node.left);
    return inner == certainty::never    ? certainty::always
           : inner == certainty::always ? certainty::never
                                        : certainty::maybe;
  }
  case kind::holds:
  case kind::has:
    return certainty::maybe;
  default:
    return compared(rule, node);
  }
}

} // namespace laurel::state
