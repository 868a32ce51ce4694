// What commands do to a user. A grant by hand belongs to no rule. Everything else is about one that
// exists; if a rule has made it, the command becomes an order of that instance (user_state.hpp),
// which is obeyed at its time whenever the past is looked at again.

#include "schemas/command.hpp"
#include "state/evaluator.hpp"
#include "state/recomputation.hpp"

#include <algorithm>

namespace laurel::state {

using schemas::command;
using schemas::command_kind;
using schemas::decision_kind;

namespace {

constexpr std::string_view done; // No problem.

/// Orders that one instance keeps.
constexpr std::size_t orders_max = 256;

bool is_meant(const user_state& user, const rule_state& rule, const instance& one,
              const grant& what, const command& asked) {
  if (!what.told)
    return false;
  if (asked.grant_id.empty())
    return what.badge == asked.badge_id;
  return grant_id(user, rule.id, one.key_text(), what.n) == asked.grant_id;
}

} // namespace

/// Only what is `applied` is still to be done.
event_fate evaluator::fate_of(const command& asked) const {
  if (find_outcome(user_.outcomes, asked.id) != nullptr)
    return event_fate::duplicate;
  return asked.at.ms <= user_.erased_at ? event_fate::erased : event_fate::applied;
}

event_fate evaluator::obey(const schemas::event& event) {
  const auto& asked = *event.order;
  if (const auto fate = fate_of(asked); fate != event_fate::applied)
    return fate;
  advance(asked.at.ms, trigger_of(event));
  now_ = asked.at.ms;
  begin_step();
  auto about = asked.kind == command_kind::grant ? commanded{} : find_commanded(asked);
  auto out = outcome_of(asked, event.recorded_at);
  out.problem = carry_out(asked, about);
  if (about.what != nullptr) {
    out.grant_id = grant_id(user_, about.rule->id, about.one->key_text(), about.what->n);
    out.revision = about.what->revision;
    out.badge = about.what->badge;
  }
  if (user_.outcomes.size() == outcomes_max)
    user_.outcomes.erase(user_.outcomes.begin());
  user_.outcomes.push_back(std::move(out));
  user_.outcomes_dirty = true;
  user_.core_dirty = true;
  return event_fate::applied;
}

event_fate evaluator::end_all(const schemas::event& event) {
  const auto& asked = *event.order;
  if (const auto fate = fate_of(asked); fate != event_fate::applied)
    return fate;
  trigger_ = trigger_of(event);
  for (const auto& rule : user_.rules) {
    const bool has_no_badge =
      rule->rule != nullptr && (rule->rule->emits || rule->rule->part == rules::half::own);
    if (has_no_badge || rules::is_shadow_id(rule->id))
      continue;
    for (const auto& one : rule->instances) {
      for (std::size_t i = 0; one->grants && i < one->grants->size(); ++i) {
        auto& what = (*one->grants)[i];
        if (!what.told || !what.is_held())
          continue;
        what.end = ending::recalled;
        what.ended_at = std::max(asked.at.ms, what.granted_at);
        what.end_cause = asked.id;
        log_.changed_alone(*rule, *one, what, decision_kind::revoked, trigger_);
      }
    }
  }
  return event_fate::applied;
}

/// The grant with the id; or of those of the badge the first one that is held, else the last.
evaluator::commanded evaluator::find_commanded(const command& asked) {
  commanded best;
  const auto is_better = [&](const grant& what) {
    if (best.what == nullptr || what.is_held() != best.what->is_held())
      return best.what == nullptr || what.is_held();
    return what.is_held() ? what.granted_at < best.what->granted_at
                          : what.granted_at > best.what->granted_at;
  };
  for (const auto& rule : user_.rules) {
    if (rules::is_shadow_id(rule->id))
      continue;
    for (const auto& one : rule->instances) {
      for (std::size_t i = 0; one->grants && i < one->grants->size(); ++i) {
        auto& what = (*one->grants)[i];
        if (is_meant(user_, *rule, *one, what, asked) && is_better(what))
          best = {rule.get(), one.get(), &what};
      }
    }
  }
  return best;
}

std::string_view evaluator::carry_out(const command& asked, commanded& about) {
  if (asked.kind == command_kind::grant) {
    grant_by_hand(asked, about);
    return done;
  }
  if (about.what == nullptr)
    return "not-found";
  if (asked.if_revision && *asked.if_revision != about.what->revision)
    return "version-mismatch";
  switch (asked.kind) {
  case command_kind::revoke:
    return end(asked, ending::recalled, about);
  case command_kind::redeem:
    return end(asked, ending::redeemed, about);
  case command_kind::extend:
    return extend(asked, about);
  default:
    break;
  }
  if (!about.what->is_held())
    return "not-held";
  pin(asked.kind == command_kind::pin, about);
  return done;
}

/// Who holds it by hand already keeps that.
void evaluator::grant_by_hand(const command& asked, commanded& about) {
  std::string key;
  append_key_part(key, asked.badge_id);
  auto& rule = user_.manual();
  auto& one = rule.find_or_add(key);
  auto& grants = one.grant_list();
  if (!grants.empty() && grants.back().is_held()) {
    about = {&rule, &one, &grants.back()};
    return;
  }
  auto& made = grants.emplace_back();
  made.n = static_cast<std::uint32_t>(grants.size());
  made.stands = true;
  made.granted_at = asked.at.ms;
  made.cause = asked.id;
  made.badge = asked.badge_id;
  if (asked.expires_at) {
    made.expires_at = asked.expires_at->ms;
    user_.wake_by(made.expires_at);
  }
  one.note_standing();
  about = {&rule, &one, &made};
  log_.changed_alone(rule, one, made, decision_kind::granted, trigger_);
  user_.touch(rule, one);
}

std::string_view evaluator::end(const command& asked, ending how, commanded& about) {
  auto& what = *about.what;
  if (what.end == how && how == ending::recalled)
    return done; // It is so already. What is used up twice is another matter.
  if (!what.is_held())
    return "not-held";
  const bool is_by_hand = about.rule->id == manual_rule_id;
  const bool is_redeemable =
    is_by_hand
    || (about.rule->rule != nullptr
        && about.rule->rule->revoke == rules::revoke_policy::until_redeemed);
  if (how == ending::redeemed && !is_redeemable)
    return "not-redeemable";
  if (about.rule->rule != nullptr)
    return give_order({what.n, how, asked.at.ms, no_time, asked.id}, about);
  what.end = how;
  what.ended_at = asked.at.ms;
  what.end_cause = asked.id;
  log_.changed_alone(*about.rule, *about.one, what,
                     how == ending::redeemed ? decision_kind::redeemed : decision_kind::revoked,
                     trigger_);
  user_.touch(*about.rule, *about.one);
  return done;
}

std::string_view evaluator::extend(const command& asked, commanded& about) {
  auto& what = *about.what;
  if (!what.is_held())
    return "not-held";
  const bool is_by_hand = about.rule->id == manual_rule_id;
  if (what.expires_at == no_time && !is_by_hand)
    return "no-expiry";
  if (about.rule->rule != nullptr && about.rule->rule->part == rules::half::shown)
    return "in-group"; // It would come back with what its own half still holds.
  if (about.rule->rule != nullptr)
    return give_order({what.n, ending::none, asked.at.ms, asked.expires_at->ms, asked.id}, about);
  what.expires_at = asked.expires_at->ms;
  user_.wake_by(what.expires_at);
  log_.changed_alone(*about.rule, *about.one, what, decision_kind::extended, trigger_);
  user_.touch(*about.rule, *about.one);
  return done;
}

void evaluator::pin(bool wanted, commanded& about) {
  if (about.what->is_pinned == wanted)
    return;
  about.what->is_pinned = wanted;
  log_.changed_alone(*about.rule, *about.one, *about.what,
                     wanted ? decision_kind::pinned : decision_kind::unpinned, trigger_);
  user_.touch(*about.rule, *about.one);
}

/// The instance obeys now, or looks at the past again if it has seen what comes after.
std::string_view evaluator::give_order(order what, commanded& about) {
  auto& rule = *about.rule;
  auto& one = *about.one;
  if (one.rare && one.rare->orders.size() >= orders_max)
    return "too-many";
  if (what.at < rule.judged_from || what.at < about.what->granted_at)
    return "too-late"; // Of a version before this one; what it decided is final.
  auto& orders = one.rare_state_of().orders;
  const auto n = what.n;
  const auto at = what.at;
  const auto place =
    std::upper_bound(orders.begin(), orders.end(), at,
                     [](std::int64_t t, const order& each) { return t < each.at; });
  orders.insert(place, std::move(what));
  user_.touch(rule, one);
  if (at > one.last_at) {
    if (waits_for_time(rule, one))
      recomputation(user_, rule, one, cut_).fill_points();
    pass_time(rule, one, at);
  } else {
    log_.settle(rule, one, recomputation(user_, rule, one, cut_).redo(at), trigger_);
    prune(rule, one);
  }
  spread();
  decide_touched();
  if (const auto due = next_due(user_, rule, one); due != never)
    user_.wake_by(due);
  about.what = find_grant(*one.grants, n); // It may have moved.
  return done;
}

/// Grants by hand that end by themselves; when the next one does.
std::int64_t evaluator::expire_manual(std::int64_t to) {
  auto first = never;
  auto* manual = user_.find_rule(manual_rule_id);
  if (manual == nullptr)
    return first;
  for (const auto& one : manual->instances) {
    for (auto& each : one->grant_list()) {
      if (!each.is_held() || each.expires_at == no_time)
        continue;
      if (each.expires_at > to) {
        first = std::min(first, each.expires_at);
        continue;
      }
      each.end = ending::expired;
      each.ended_at = each.expires_at;
      each.end_cause = time_cause;
      log_.changed_alone(*manual, *one, each, decision_kind::expired, trigger_);
      user_.touch(*manual, *one);
    }
  }
  return first;
}

} // namespace laurel::state
