#include "state/explanation.hpp"

#include "state/condition_text.hpp"
#include "state/contributions.hpp"
#include "state/evaluator.hpp"
#include "state/missing_text.hpp"
#include "state/rules/exclusive_group.hpp"
#include "state/user_codec.hpp"

#include <algorithm>
#include <utility>

namespace laurel::state {

using rules::condition_node;
using rules::number_node;
using schemas::errc;
using schemas::event_time;
using kind = condition_node::kind;

namespace {

constexpr std::size_t keys_named_max = 10; // In the error of a request without one.

std::string value_text(const std::optional<schemas::decimal>& value) {
  return value ? value->text() : std::string{};
}

/// Explains one instance of a rule in force.
class explainer {
public:
  explainer(user_state& user, rule_state& rule, instance& one, std::int64_t now, explanation& out)
      : user_(user),
        rule_(rule),
        compiled_(*rule.rule),
        one_(one),
        now_(prepare(now)),
        out_(out),
        values_(user, compiled_, one, now_),
        events_(user, rule, one, now_) {}

  void run() {
    const auto root = compiled_.when.conditions.size() - 1;
    out_.at = event_time{now_.at};
    out_.zone = zone_name();
    out_.holds = values_.holds(root);
    explain(root, true);
    out_.missing = missing_text(user_, compiled_, one_, now_, out_.zone).of(root, true);
    note_limits();
    note_times();
  }

private:
  /// The leaves as of `now`, which is no earlier than the last look.
  instant prepare(std::int64_t now) {
    history_cut everything{};
    for (std::size_t i = 0; i < everything.size(); ++i)
      everything[i] = user_.history.next_ordinal(static_cast<schemas::input>(i));
    recomputation(user_, rule_, one_, everything).fill_points();
    const auto at = std::max(now, one_.last_at);
    for (std::size_t i = 0; i < one_.leaf_count; ++i)
      expire(one_.leaf(i), compiled_.leaves[i], at);
    return {at, day_at(compiled_, at, user_.offset_s(one_.zone, at))};
  }

  std::string zone_name() const {
    if (compiled_.zone)
      return compiled_.zone_name;
    return one_.zone < user_.zones.size() ? user_.zones[one_.zone].name : "UTC";
  }

  void explain(std::size_t index, bool is_wanted) {
    const auto& node = compiled_.when.conditions[index];
    if (node.what == kind::negate)
      return explain(node.left, !is_wanted);
    if (node.what != kind::all && node.what != kind::any && node.what != kind::at_least)
      return explain_part(index, is_wanted);
    for (const auto child : node.children)
      explain(child, is_wanted);
  }

  void explain_part(std::size_t index, bool is_wanted) {
    const auto& node = compiled_.when.conditions[index];
    explained_condition part;
    part.relation = relation_of(node.what);
    part.holds = values_.holds(index);
    part.is_wanted = is_wanted;
    if (node.what == kind::has) {
      const auto& query = compiled_.holdings[node.left];
      part.what = text_of(query);
      part.value = std::to_string(values_.held(index));
      part.target = std::to_string(query.n);
    } else if (node.what == kind::holds) {
      part.what = text_of(compiled_, compiled_.leaves[node.left]);
      part.value = part.holds ? "1" : "0";
      part.target = "1";
      add_leaf(node.left, part);
    } else {
      part.what = number_text(compiled_, node.left);
      part.value = value_text(values_.number(node.left));
      part.target = value_text(values_.number(node.right));
      add_leaves(node.left, part);
      add_leaves(node.right, part);
    }
    const missing_text missing(user_, compiled_, one_, now_, out_.zone);
    for (const auto& text : missing.of(index, is_wanted))
      part.missing = text;
    out_.conditions.push_back(std::move(part));
  }

  void add_leaves(std::size_t number, explained_condition& part) {
    const auto& node = compiled_.when.numbers[number];
    if (node.what == number_node::kind::leaf)
      return add_leaf(node.left, part);
    if (node.what == number_node::kind::constant)
      return;
    add_leaves(node.left, part);
    add_leaves(node.right, part);
  }

  void add_leaf(std::size_t index, explained_condition& part) {
    const auto& leaf = compiled_.leaves[index];
    explained_leaf one;
    one.what = text_of(compiled_, leaf);
    one.value = value_text(value_at(one_.leaf(index), leaf, now_));
    auto found = events_.of_leaf(index, explained_leaf::events_max);
    for (auto& event : found.latest)
      one.events.push_back({std::move(event.id), event_time{event.at}, value_text(event.adds)});
    one.events_known = found.known;
    one.history_is_whole = found.is_all;
    part.leaves.push_back(std::move(one));
  }

  void note(std::string text) { out_.notes.push_back(std::move(text)); }

  void note_limits() {
    if (one_.last_at == no_time)
      note("nothing has counted for this rule yet");
    const auto told = told_grants(rule_);
    if (compiled_.max_per_user > 0 && told >= compiled_.max_per_user)
      note("max_per_user: " + std::to_string(told) + " granted, no more than "
           + std::to_string(compiled_.max_per_user));
    if (is_settled(rule_, one_))
      note("the badge is permanent: once granted it is kept");
    if (compiled_.terms.every)
      note("every: another one for each " + compiled_.terms.every->text() + " more");
  }

  void note_times() {
    const auto& terms = compiled_.terms;
    if (now_.at < terms.valid_from)
      note("valid: granted from " + to_rfc3339(event_time{terms.valid_from}) + " on");
    if (now_.at >= terms.valid_to)
      note("valid: granted before " + to_rfc3339(event_time{terms.valid_to}) + " only");
    const grant* newest = nullptr;
    for (std::size_t i = 0; one_.grants && i < one_.grants->size(); ++i)
      newest = (*one_.grants)[i].stands ? &(*one_.grants)[i] : newest;
    if (newest == nullptr)
      return;
    const auto next = newest->granted_at + terms.cooldown_ms;
    if (terms.cooldown_ms > 0 && next > now_.at)
      note("cooldown: the next one not before " + to_rfc3339(event_time{next}));
    const bool is_in_dip = one_.dips && !one_.dips->empty() && one_.dips->back().to == no_time;
    if (is_in_dip && newest->is_held())
      note("grace: lost at " + to_rfc3339(event_time{one_.dips->back().from + terms.grace_ms})
           + " unless the condition holds again by then");
  }

  user_state& user_;
  rule_state& rule_;
  const rules::compiled_rule& compiled_;
  instance& one_;
  const instant now_;
  explanation& out_;
  const condition_reader values_;
  const contributions events_;
};

void add_grants(const user_state& user, const rule_state& rule, const instance& one,
                explanation& out) {
  for (std::size_t i = 0; one.grants && i < one.grants->size(); ++i) {
    const auto& what = (*one.grants)[i];
    if (what.revision > 0)
      out.grants.push_back(last_record(user, rule, one, what));
  }
}

std::string quoted(const std::vector<std::string>& key) {
  std::string out;
  for (const auto& part : key)
    out += (out.empty() ? "" : ", ") + part;
  return "\"" + out + "\"";
}

std::string keys_of_user(const rule_state* rule) {
  std::vector<std::string> keys;
  for (std::size_t i = 0; rule != nullptr && i < rule->instances.size(); ++i)
    keys.push_back(quoted(key_parts(rule->instances[i]->key_text())));
  std::sort(keys.begin(), keys.end());
  std::string out;
  for (std::size_t i = 0; i < std::min(keys.size(), keys_named_max); ++i)
    out += (i > 0 ? ", " : "") + keys[i];
  if (keys.empty())
    return "the user has none yet";
  return "the user has " + out
         + (keys.size() > keys_named_max
              ? " and " + std::to_string(keys.size() - keys_named_max) + " more"
              : std::string{});
}

/// Encoded; fails if a key is needed and there is none, or is of another size.
schemas::result<std::string> key_of(const explain_request& what,
                                    const rules::compiled_rule& compiled, const rule_state* state) {
  const auto size = what.key ? what.key->size() : 0;
  if (size != compiled.key.size())
    return schemas::failure(errc::bad_input, compiled.key.empty()
                                               ? "rule \"" + what.rule_id + "\" has no key"
                                               : "rule \"" + what.rule_id + "\" counts by "
                                                   + quoted(compiled.key) + ": say which key; "
                                                   + keys_of_user(state));
  std::string key;
  for (std::size_t i = 0; i < size; ++i)
    append_key_part(key, (*what.key)[i]);
  return key;
}

schemas::error no_rule(const explain_request& what) {
  return {errc::not_found, "there is no rule \"" + what.rule_id + "\" in force"};
}

/// Of a rule that is not in force there is nothing but what it has granted.
schemas::result<explanation> explain_retired(const explain_request& what, const user_state& user,
                                             const rule_state* state, explanation out) {
  if (state == nullptr)
    return tl::unexpected(no_rule(what));
  for (const auto& one : state->instances) {
    if (!what.key || key_parts(one->key_text()) == *what.key)
      add_grants(user, *state, *one, out);
  }
  out.at = what.now;
  out.notes.emplace_back(what.rule_id == manual_rule_id
                           ? "granted by hand: there is no condition"
                           : "the rule is retired: what it has granted stays as it is");
  return out;
}

/// Of an exclusive group, the condition is that of the rule's own half.
void explain_condition(user_state& user, rule_state& rule, instance& one, std::int64_t now,
                       explanation& out) {
  if (rule.rule->part != rules::half::shown)
    return explainer(user, rule, one, now, out).run();
  const auto index = user.book->index_of(rules::own_id(rule.id)).value();
  rule_state untouched;
  auto& own = user.rule_or(index, untouched);
  auto& own_one = own.find_or_add(one.key_text());
  explainer(user, own, own_one, now, out).run();
  const auto is_held = [](const instance& of) {
    return of.grants && std::any_of(of.grants->begin(), of.grants->end(), [](const grant& each) {
             return each.told && each.is_held();
           });
  };
  if (is_held(own_one) && !is_held(one))
    out.notes.push_back("not held: one with a higher rank in the group \""
                        + rules::name_for(rule.rule->group, out.key) + "\" is");
}

} // namespace

schemas::result<explanation> explain(const explain_request& what, std::span<const row> rows,
                                     const rules::active_rules& active) {
  auto read = read_user(what.user_id, rows);
  if (!read)
    return tl::unexpected(read.error());
  auto& user = **read;
  bind_rules(user, active);
  explanation out;
  out.user_id = what.user_id;
  out.rule_id = what.rule_id;
  auto* state = user.find_rule(what.rule_id);
  const auto index = active.book->index_of(what.rule_id);
  if (!index)
    return explain_retired(what, user, state, std::move(out));
  const auto& compiled = *active.book->rules()[*index];
  const bool is_secret =
    compiled.is_shadow || compiled.part == rules::half::own || is_hidden(compiled, state);
  if (!what.for_operator && is_secret)
    return tl::unexpected(no_rule(what));
  const auto key = key_of(what, compiled, state);
  if (!key)
    return tl::unexpected(key.error());
  rule_state untouched; // Nothing of it is done.
  auto& rule = user.rule_or(*index, untouched);
  auto& one = rule.find_or_add(*key);
  out.rule_version = compiled.version;
  out.key = key_parts(one.key_text());
  out.badge_id = rules::name_for(compiled.badge, out.key);
  add_grants(user, rule, one, out);
  explain_condition(user, rule, one, what.now.ms, out);
  return out;
}

} // namespace laurel::state
