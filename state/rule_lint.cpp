#include "state/rule_lint.hpp"

#include "state/condition_text.hpp"
#include "state/missing_text.hpp"
#include "state/rules/compiled_rule.hpp"
#include "state/value_range.hpp"

#include <algorithm>

namespace laurel::state {

using rules::compiled_rule;
using rules::condition_node;
using kind = condition_node::kind;

namespace {

/// Whether a name with ${0}, ${1}, ... may come to be `text`: what stands around them is there.
bool may_be(std::string_view pattern, std::string_view text) {
  const auto open = pattern.find("${");
  if (open == pattern.npos)
    return pattern == text;
  const auto close = pattern.rfind('}');
  const auto head = pattern.substr(0, open);
  const auto tail = close == pattern.npos ? std::string_view{} : pattern.substr(close + 1);
  return text.size() >= head.size() + tail.size() && text.starts_with(head) && text.ends_with(tail);
}

/// Looks at one rule; a function a kind of finding.
class linter {
public:
  linter(const compiled_rule& rule, const lint_context& context) : rule_(rule), with_(context) {}

  std::vector<lint_finding> run() {
    look_at_condition(rule_.when.conditions.size() - 1);
    look_at_types();
    look_at_holdings();
    look_at_policy();
    look_at_validity();
    look_at_windows();
    return std::move(out_);
  }

private:
  void warn(std::string code, std::string path, std::string message) {
    out_.push_back({false, std::move(code), std::move(path), std::move(message)});
  }

  static std::string in_quotes(const std::string& text) { return "\"" + text + "\""; }

  std::string text_of_part(const condition_node& node) const {
    if (node.what == kind::has)
      return in_quotes(text_of(rule_.holdings[node.left]));
    if (node.what == kind::holds)
      return in_quotes(text_of(rule_, rule_.leaves[node.left]));
    const bool is_comparison = node.what >= kind::ge;
    if (!is_comparison)
      return "what it asks for together";
    return in_quotes(number_text(rule_, node.left) + " is " + std::string(words_of(node.what)) + " "
                     + number_text(rule_, node.right));
  }

  /// The outermost part that is certain; what lies within it follows.
  void look_at_condition(std::size_t index) {
    const auto& node = rule_.when.conditions[index];
    const auto certain = certainty_of(rule_, index);
    const bool is_root = index + 1 == rule_.when.conditions.size();
    const bool has_parts = node.what == kind::all || node.what == kind::any
                           || node.what == kind::at_least || node.what == kind::negate;
    const auto before = out_.size();
    if (has_parts) {
      if (node.what == kind::negate)
        look_at_condition(node.left);
      for (const auto child : node.children)
        look_at_condition(child);
    }
    if (certain == certainty::maybe || (out_.size() > before && !is_root))
      return;
    if (certain == certainty::never)
      warn("never-holds", "/when",
           text_of_part(node) + " cannot come true"
             + (is_root ? ": the badge is never granted; check the numbers and the window" : ""));
    else
      warn("always-holds", "/when",
           text_of_part(node) + " is true whatever the user does"
             + (is_root ? ": the first event grants the badge" : ""));
  }

  void look_at_types() {
    for (std::size_t i = 0; with_.types_seen && i < rule_.on.size(); ++i) {
      if (!with_.types_seen->contains(rule_.on[i].name))
        warn("type-never-seen", "/on",
             "no event has the type \"" + rule_.on[i].name + "\"; is it spelt as it is sent?");
    }
  }

  void look_at_holdings() {
    if (!with_.are_grants_known)
      return;
    for (const auto& query : rule_.holdings) {
      const auto& known = query.is_group ? with_.groups : with_.badges;
      const bool is_granted = std::any_of(known.begin(), known.end(), [&](const auto& name) {
        return may_be(name, query.name) || may_be(query.name, name);
      });
      if (!is_granted)
        warn("badge-not-granted", "/when",
             "no rule grants "
               + std::string(query.is_group ? "a badge of the group \"" : "the badge \"")
               + query.name + "\"; publish its rule, or grant it by hand");
    }
  }

  void look_at_policy() {
    const auto& terms = rule_.terms;
    const bool is_permanent = rule_.revoke == rules::revoke_policy::permanent;
    if (is_permanent && !terms.every && terms.cooldown_ms > 0)
      warn("no-effect", "/policy/cooldown",
           "a permanent badge is granted once, so there is no next one to wait for");
    if (!is_permanent || terms.every || terms.expires.what != rules::expiry::kind::never)
      return;
    if (rule_.max_per_user > 1 && rule_.key.empty())
      warn("no-effect", "/policy/max_per_user",
           "the rule has no key and grants once, so no limit above 1 matters");
  }

  void look_at_validity() {
    if (with_.now && rule_.terms.valid_to <= with_.now->ms)
      warn("is-over", "/valid/to",
           "that was " + to_rfc3339(schemas::event_time{rule_.terms.valid_to})
             + "; nothing is granted any more");
  }

  void look_at_windows() {
    const auto shortest = std::min(with_.horizon.ms[0], with_.horizon.ms[1]);
    for (const auto& leaf : rule_.leaves) {
      const auto horizon = leaf_is_money(leaf) ? with_.horizon.ms[1] : shortest;
      if (leaf.window != rules::window_kind::last || leaf.last_ms <= horizon)
        continue;
      out_.push_back({true, "beyond-horizon", "/when",
                      text_of(rule_, leaf) + ": an event that comes more than "
                        + duration_text(horizon)
                        + " late is no longer counted, though the window reaches farther back"});
    }
  }

  static bool leaf_is_money(const rules::leaf& leaf) { return leaf.currency.has_value(); }

  const compiled_rule& rule_;
  const lint_context& with_;
  std::vector<lint_finding> out_;
};

} // namespace

std::vector<lint_finding> lint(const compiled_rule& rule, const lint_context& context) {
  return linter(rule, context).run();
}

} // namespace laurel::state
