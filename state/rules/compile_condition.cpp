#include "state/rules/compile_condition.hpp"

#include "state/rules/compile_holding.hpp"
#include "state/rules/compile_leaf.hpp"
#include "state/rules/compile_sequence.hpp"
#include "state/rules/rule_limits.hpp"

#include <algorithm>
#include <map>
#include <numeric>

namespace laurel::state::rules {

namespace {

class condition_compiler {
public:
  condition_compiler(compiled_rule& rule, compile_context& context)
      : rule_(rule), context_(context) {}

  std::uint16_t compile(const place& where, std::size_t depth) {
    if (!enter(where, depth))
      return 0;
    if (!where.at.is_object() || where.at.size() != 1) {
      context_.faults.add(where,
                          std::string("a condition is an object of exactly one of ") + known);
      return 0;
    }
    const auto& name = where.at.begin().key();
    const place operand{where.at.begin().value(), where.path + "/" + escaped_step(name)};
    using kind = condition_node::kind;
    static const std::map<std::string, kind> kinds{
      {"and", kind::all},    {"or", kind::any},    {"at_least", kind::at_least},
      {"not", kind::negate}, {"seq", kind::holds}, {"has", kind::has},
      {"ge", kind::ge},      {"gt", kind::gt},     {"le", kind::le},
      {"lt", kind::lt},      {"eq", kind::eq}};
    const auto found = kinds.find(name);
    if (found == kinds.end()) {
      context_.faults.add(operand, "unknown condition " + in_quotes(name) + "; one of " + known);
      return 0;
    }
    if (found->second == kind::all || found->second == kind::any)
      return compile_list({found->second, 0, 0, {}}, operand, depth);
    if (found->second == kind::holds)
      return compile_leaf_condition(compile_sequence(operand, rule_, context_), operand);
    if (found->second == kind::has)
      return compile_has(operand);
    if (found->second == kind::at_least)
      return compile_at_least(operand, depth);
    condition_node node;
    node.what = found->second;
    if (node.what == kind::negate)
      node.left = compile(operand, depth + 1);
    else
      compile_pair(operand, depth, node.left, node.right);
    return append(std::move(node));
  }

private:
  static constexpr auto known = "and, or, at_least, not, seq, has, ge, gt, le, lt, eq";

  bool enter(const place& where, std::size_t depth) {
    if (depth > condition_depth_max) {
      context_.faults.add(where, "\"when\" may be nested " + std::to_string(condition_depth_max)
                                   + " deep");
      return false;
    }
    return context_.spend(where);
  }

  std::uint16_t append(condition_node node) {
    rule_.when.conditions.push_back(std::move(node));
    return static_cast<std::uint16_t>(rule_.when.conditions.size() - 1);
  }

  std::uint16_t append(number_node node) {
    rule_.when.numbers.push_back(node);
    return static_cast<std::uint16_t>(rule_.when.numbers.size() - 1);
  }

  /// [n, [conditions]]: n of them, from 1 to all.
  std::uint16_t compile_at_least(const place& pair, std::size_t depth) {
    if (!pair.at.is_array() || pair.at.size() != 2 || !pair.at[1].is_array()) {
      context_.faults.add(pair, "takes how many, and a list of conditions: [2, [..]]");
      return 0;
    }
    const auto& many = pair.at[0];
    const bool valid = many.is_number_integer() && many.get<std::int64_t>() >= 1
                       && many.get<std::int64_t>() <= static_cast<std::int64_t>(pair.at[1].size());
    if (!valid) {
      context_.faults.add(pair.element(0), "must be a whole number from 1 to the "
                                             + std::to_string(pair.at[1].size())
                                             + " conditions listed");
      return 0;
    }
    condition_node node;
    node.what = condition_node::kind::at_least;
    node.left = many.get<std::uint16_t>();
    return compile_list(std::move(node), pair.element(1), depth);
  }

  std::uint16_t compile_list(condition_node node, const place& list, std::size_t depth) {
    if (!list.at.is_array() || list.at.empty()) {
      context_.faults.add(list, "must be a list of conditions");
      return 0;
    }
    for (std::size_t i = 0; i < list.at.size(); ++i)
      node.children.push_back(compile(list.element(i), depth + 1));
    return append(std::move(node));
  }

  void compile_pair(const place& pair, std::size_t depth, std::uint16_t& left,
                    std::uint16_t& right) {
    if (!pair.at.is_array() || pair.at.size() != 2) {
      context_.faults.add(pair, "takes a list of exactly two numbers");
      return;
    }
    left = compile_number(pair.element(0), depth + 1);
    right = compile_number(pair.element(1), depth + 1);
  }

  std::uint16_t compile_number(const place& where, std::size_t depth) {
    if (!enter(where, depth))
      return 0;
    number_node node;
    if (!where.at.is_object()) {
      if (const auto number = exact_number(where, context_))
        node.constant = *number;
      return append(node);
    }
    if (where.at.size() != 1) {
      context_.faults.add(where, "a number is an object of exactly one of agg, streak, +, -, *, /");
      return 0;
    }
    const auto& name = where.at.begin().key();
    const place operand{where.at.begin().value(), where.path + "/" + escaped_step(name)};
    if (name == "agg")
      return leaf_number(compile_aggregate(operand, rule_, context_), operand);
    if (name == "streak")
      return leaf_number(compile_streak(operand, rule_, context_), operand);
    return compile_arithmetic(name, operand, depth);
  }

  std::uint16_t compile_arithmetic(const std::string& name, const place& operand,
                                   std::size_t depth) {
    using kind = number_node::kind;
    static const std::map<std::string, kind> kinds{
      {"+", kind::add}, {"-", kind::subtract}, {"*", kind::multiply}, {"/", kind::divide}};
    const auto found = kinds.find(name);
    if (found == kinds.end()) {
      const bool later = name == "rank" || name == "attr";
      context_.faults.add(operand, later ? name + " is not available yet"
                                         : "unknown number " + in_quotes(name)
                                             + "; one of agg, streak, +, -, *, /");
      return 0;
    }
    number_node node;
    node.what = found->second;
    compile_pair(operand, depth, node.left, node.right);
    return append(node);
  }

  std::uint16_t compile_leaf_condition(std::optional<leaf> made, const place& where) {
    condition_node node;
    node.what = condition_node::kind::holds;
    node.left = leaf_index(std::move(made), where);
    return append(std::move(node));
  }

  std::uint16_t compile_has(const place& where) {
    condition_node node;
    node.what = condition_node::kind::has;
    node.left = static_cast<std::uint16_t>(rule_.holdings.size());
    rule_.holdings.push_back(compile_holding(where, rule_, context_));
    return append(std::move(node));
  }

  std::uint16_t leaf_number(std::optional<leaf> made, const place& where) {
    number_node node;
    node.what = number_node::kind::leaf;
    node.left = leaf_index(std::move(made), where);
    return append(node);
  }

  /// The index of the leaf; of one like it, if there is one.
  std::uint16_t leaf_index(std::optional<leaf> made, const place& where) {
    if (!made)
      return 0;
    const auto same = std::find_if(rule_.leaves.begin(), rule_.leaves.end(), [&](const leaf& one) {
      return one.canonical == made->canonical;
    });
    const auto index = static_cast<std::uint16_t>(same - rule_.leaves.begin());
    if (same == rule_.leaves.end()) {
      if (rule_.leaves.size() == leaves_max) {
        context_.faults.add(where, "a rule may have " + std::to_string(leaves_max)
                                     + " different aggregates");
        return 0;
      }
      rule_.leaves.push_back(std::move(*made));
    }
    return index;
  }

  compiled_rule& rule_;
  compile_context& context_;
};

/// Puts the leaves into the order of their canonical JSON, so that the same set of aggregates has
/// the same stored state wherever they stand in `when`.
void sort_leaves(compiled_rule& rule) {
  std::vector<std::uint16_t> order(rule.leaves.size());
  std::iota(order.begin(), order.end(), std::uint16_t{0});
  std::sort(order.begin(), order.end(), [&](std::uint16_t a, std::uint16_t b) {
    return rule.leaves[a].canonical < rule.leaves[b].canonical;
  });
  std::vector<std::uint16_t> new_index(order.size());
  std::vector<leaf> sorted;
  for (const auto old : order) {
    new_index[old] = static_cast<std::uint16_t>(sorted.size());
    sorted.push_back(std::move(rule.leaves[old]));
  }
  rule.leaves = std::move(sorted);
  for (auto& number : rule.when.numbers) {
    if (number.what == number_node::kind::leaf)
      number.left = new_index[number.left];
  }
  for (auto& condition : rule.when.conditions) {
    if (condition.what == condition_node::kind::holds)
      condition.left = new_index[condition.left];
  }
}

/// Which way something may move while only time passes.
struct drift {
  bool up = false;
  bool down = false;
};

drift drift_of(const leaf& one) {
  if (one.sequence) {
    const auto& bans = one.sequence->bans;
    return {std::any_of(bans.begin(), bans.end(), [](const auto& ban) { return ban.for_ms > 0; }),
            false};
  }
  if (one.kind == leaf_kind::streak)
    return {false, !(one.streak && one.streak->is_longest)};
  if (one.window != window_kind::last && one.window != window_kind::calendar)
    return {false, false};
  const bool only_counts = one.kind == leaf_kind::count || one.kind == leaf_kind::distinct;
  if (one.window == window_kind::last && only_counts)
    return {false, true};
  // A negative addend may leave, a new period may hold more, and what has no value compares with
  // nothing.
  return {true, true};
}

drift drift_of(const compiled_rule& rule, std::uint16_t index) {
  const auto& node = rule.when.numbers[index];
  if (node.what == number_node::kind::constant)
    return {};
  if (node.what == number_node::kind::leaf)
    return drift_of(rule.leaves[node.left]);
  const auto a = drift_of(rule, node.left);
  const auto b = drift_of(rule, node.right);
  if (node.what == number_node::kind::add)
    return {a.up || b.up, a.down || b.down};
  if (node.what == number_node::kind::subtract)
    return {a.up || b.down, a.down || b.up};
  const bool any = a.up || a.down || b.up || b.down;
  return {any, any};
}

/// `up`: time may make the condition true; `down`: false.
drift truth_drift(const compiled_rule& rule, std::uint16_t index) {
  using kind = condition_node::kind;
  const auto& node = rule.when.conditions[index];
  if (node.what == kind::negate) {
    const auto inner = truth_drift(rule, node.left);
    return {inner.down, inner.up};
  }
  if (node.what == kind::all || node.what == kind::any || node.what == kind::at_least) {
    drift out;
    for (const auto child : node.children) {
      const auto one = truth_drift(rule, child);
      out = {out.up || one.up, out.down || one.down};
    }
    return out;
  }
  if (node.what == kind::holds)
    return drift_of(rule.leaves[node.left]);
  if (node.what == kind::has)
    return {rule.holdings[node.left].for_ms > 0, false};
  const auto a = drift_of(rule, node.left);
  const auto b = drift_of(rule, node.right);
  const drift rises{a.up || b.down, a.down || b.up};
  if (node.what == kind::eq)
    return {rises.up || rises.down, rises.up || rises.down};
  const bool wants_more = node.what == kind::ge || node.what == kind::gt;
  return wants_more ? rises : drift{rises.down, rises.up};
}

} // namespace

void compile_condition(const place& when, compiled_rule& rule, compile_context& context) {
  condition_compiler compiler(rule, context);
  compiler.compile(when, 1);
  if (!context.faults.empty())
    return;
  if (rule.leaves.empty() && rule.holdings.empty())
    context.faults.add(when, "needs at least one aggregate, streak, sequence or \"has\": a rule "
                             "decides about events or badges");
  sort_leaves(rule);
}

void find_what_time_changes(compiled_rule& rule) {
  const auto root = static_cast<std::uint16_t>(rule.when.conditions.size() - 1);
  const auto truth = truth_drift(rule, root);
  rule.time_can_grant = truth.up;
  rule.time_can_revoke = truth.down;
}

} // namespace laurel::state::rules
