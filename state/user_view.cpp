#include "state/condition_reader.hpp"
#include "state/condition_text.hpp"
#include "state/evaluator.hpp"
#include "state/recomputation.hpp"
#include "state/rules/rule_document.hpp"
#include "state/user_codec.hpp"

#include <algorithm>
#include <functional>
#include <numeric>

namespace laurel::state {

using rules::condition_node;
using schemas::decimal;

namespace {

/// Holds the distance of any two numbers.
__extension__ typedef unsigned __int128 distance;

/// How many keys of one rule are reported: those that are farthest.
constexpr std::size_t progress_keys_max = 100;

void add_badges(const user_state& user, const rule_state& rule, user_view& out) {
  if (rules::is_shadow_id(rule.id))
    return; // What would have been granted is not held.
  for (const auto& one : rule.instances) {
    for (std::size_t i = 0; one->grants && i < one->grants->size(); ++i) {
      const auto& what = (*one->grants)[i];
      if (what.told && !what.badge.empty()) // Not what only emits.
        out.badges.push_back({last_record(user, rule, *one, what)});
    }
  }
}

/// Reads how far a condition is: every comparison by its share, "and" by the mean of its parts,
/// "or" by the best of them, "at_least" by the mean of the best n.
class progress_reader {
public:
  progress_reader(const user_state& user, const rules::compiled_rule& rule, const instance& one,
                  const instant& now)
      : rule_(rule), values_(user, rule, one, now) {}

  double fraction(std::size_t index, std::vector<rule_progress::leaf>& leaves) const {
    using kind = condition_node::kind;
    const auto& node = rule_.when.conditions[index];
    if (rule_.terms.every && index + 1 == rule_.when.conditions.size())
      return to_next(node, leaves);
    if (node.what == kind::negate)
      return fraction(node.left, leaves) >= 1 ? 0 : 1;
    if (node.what == kind::holds)
      return complete(index, leaves);
    if (node.what == kind::has)
      return held(index, leaves);
    if (node.what != kind::all && node.what != kind::any && node.what != kind::at_least)
      return compared(node, leaves);
    std::vector<double> parts;
    for (const auto child : node.children)
      parts.push_back(fraction(child, leaves));
    std::sort(parts.begin(), parts.end(), std::greater<>());
    const auto needed = node.what == kind::any        ? std::size_t{1}
                        : node.what == kind::at_least ? std::size_t{node.left}
                                                      : parts.size();
    const auto end = parts.begin() + static_cast<std::ptrdiff_t>(needed);
    return std::accumulate(parts.begin(), end, 0.0) / static_cast<double>(needed);
  }

private:
  /// What holds or does not: there is nothing in between.
  double complete(std::size_t index, std::vector<rule_progress::leaf>& leaves) const {
    const bool holds = values_.holds(index);
    leaves.push_back(
      {text_of(rule_, rule_.leaves[rule_.when.conditions[index].left]), holds ? "1" : "0", "1"});
    return holds ? 1 : 0;
  }

  /// The share of what is looked for.
  double held(std::size_t index, std::vector<rule_progress::leaf>& leaves) const {
    const auto& query = rule_.holdings[rule_.when.conditions[index].left];
    const auto found = values_.held(index);
    leaves.push_back({text_of(query), std::to_string(found), std::to_string(query.n)});
    return std::min(1.0, static_cast<double>(found) / static_cast<double>(query.n));
  }

  /// With `every`: how much of the way from the last grant to the next one is done.
  double to_next(const condition_node& node, std::vector<rule_progress::leaf>& leaves) const {
    const auto value = values_.number(node.left);
    const auto least = values_.number(node.right);
    if (!value || !least || *value < *least)
      return compared(node, leaves);
    const auto step = rule_.terms.every->units();
    const auto beyond =
      static_cast<distance>(value->units()) - static_cast<distance>(least->units());
    const auto done = static_cast<schemas::int128>(beyond % static_cast<distance>(step));
    const auto begin = subtract(*value, decimal::from_units(done));
    const auto next = begin ? add(*begin, *rule_.terms.every) : std::nullopt;
    leaves.push_back({number_text(rule_, node.left), value->text(), next ? next->text() : "none"});
    return static_cast<double>(done) / static_cast<double>(step);
  }

  double compared(const condition_node& node, std::vector<rule_progress::leaf>& leaves) const {
    const auto left = values_.number(node.left);
    const auto right = values_.number(node.right);
    leaves.push_back({number_text(rule_, node.left), left ? left->text() : "none",
                      right ? right->text() : "none"});
    if (condition_reader::compares(node.what, left, right))
      return 1;
    using kind = condition_node::kind;
    const bool wants_more = node.what == kind::ge || node.what == kind::gt;
    if (!wants_more || !left || !right || *right <= decimal{} || *left <= decimal{})
      return 0;
    // For the eye only, so floating point will do; but not yet true is never shown as done.
    constexpr double nearly_done = 0.999;
    return std::min(nearly_done,
                    static_cast<double>(left->units()) / static_cast<double>(right->units()));
  }

  const rules::compiled_rule& rule_;
  condition_reader values_;
};

rule_progress progress_of(user_state& user, rule_state& rule, instance& one) {
  history_cut end{};
  for (std::size_t i = 0; i < end.size(); ++i)
    end[i] = user.history.next_ordinal(static_cast<schemas::input>(i));
  recomputation(user, rule, one, end).fill_points();
  const auto at = one.last_at == no_time ? 0 : one.last_at;
  for (std::size_t i = 0; i < one.leaf_count; ++i)
    expire(one.leaf(i), rule.rule->leaves[i], at);
  const auto today = day_at(*rule.rule, at, user.offset_s(one.zone, at));
  rule_progress out;
  out.rule_id = rules::document_id(rule.id);
  out.key = key_parts(one.key_text());
  out.badge_id = rules::name_for(rule.rule->badge, out.key);
  out.fraction = progress_reader(user, *rule.rule, one, {at, today})
                   .fraction(rule.rule->when.conditions.size() - 1, out.leaves);
  return out;
}

bool is_unfinished(const rule_state& rule, const instance& one) {
  if (!one.grants || rule.rule->terms.every) // There is always a next one.
    return true;
  return !is_settled(rule, one)
         && std::none_of(one.grants->begin(), one.grants->end(),
                         [](const grant& each) { return each.is_held(); });
}

void add_progress(user_state& user, rule_state& rule, user_view& out) {
  const auto limit = rule.rule->max_per_user;
  if (is_hidden(*rule.rule, &rule))
    return;
  if (limit > 0 && told_grants(rule) >= limit)
    return; // There is nothing left to be won.
  std::vector<rule_progress> all;
  for (const auto& one : rule.instances) {
    if (!is_unborn(*one) && is_unfinished(rule, *one))
      all.push_back(progress_of(user, rule, *one));
  }
  std::sort(all.begin(), all.end(), [](const rule_progress& a, const rule_progress& b) {
    return a.fraction != b.fraction ? a.fraction > b.fraction : a.key < b.key;
  });
  if (all.size() > progress_keys_max)
    all.resize(progress_keys_max);
  std::move(all.begin(), all.end(), std::back_inserter(out.progress));
}

} // namespace

schemas::result<user_view> view_user(std::string user_id, std::span<const row> rows,
                                     const rules::active_rules& active) {
  auto read = read_user(user_id, rows);
  if (!read)
    return tl::unexpected(read.error());
  auto& user = **read;
  bind_rules(user, active);
  user_view out;
  out.user_id = std::move(user_id);
  out.commands = user.outcomes;
  if (user.erased_at != no_time)
    out.erased_at = schemas::event_time{user.erased_at};
  out.has_state = user.is_stored || rows.empty();
  if (!out.has_state)
    return out;
  for (const auto& rule : user.rules)
    add_badges(user, *rule, out);
  std::sort(out.badges.begin(), out.badges.end(), [](const held_badge& a, const held_badge& b) {
    return std::tie(a.last.granted_at, a.last.rule_id, a.last.key, a.last.n)
           < std::tie(b.last.granted_at, b.last.rule_id, b.last.key, b.last.n);
  });
  for (std::uint32_t i = 0; i < active.book->rules().size(); ++i) {
    const auto& compiled = active.book->rules()[i];
    // What is shown of an exclusive group says nothing of how far the rule itself is.
    if (compiled->emits || compiled->is_shadow || compiled->part == rules::half::shown)
      continue; // Nothing that a user could look forward to.
    rule_state untouched;
    auto& rule = user.rule_or(i, untouched);
    if (&rule == &untouched && !compiled->key.empty())
      continue; // There is no key yet.
    if (&rule == &untouched)
      untouched.find_or_add({});
    add_progress(user, rule, out);
  }
  return out;
}

} // namespace laurel::state
