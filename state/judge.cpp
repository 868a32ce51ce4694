#include "state/judge.hpp"

#include "state/condition_reader.hpp"
#include "state/holdings.hpp"
#include "state/instance_fold.hpp"

#include <algorithm>

namespace laurel::state {

namespace {

using rules::revoke_policy;

__extension__ typedef unsigned __int128 wide; // Holds the distance of any two numbers.

/// How many grants `every` may ask for.
constexpr std::size_t target_max = 10'000;

/// When a grant that is made at `now` ends by itself; `no_time`: never.
std::int64_t expiry_of(const rules::compiled_rule& rule, const moment& now) {
  const auto& expires = rule.terms.expires;
  switch (expires.what) {
  case rules::expiry::kind::never:
    return no_time;
  case rules::expiry::kind::after:
    return now.at + expires.ms;
  case rules::expiry::kind::at:
    return expires.ms;
  case rules::expiry::kind::calendar:
    break;
  }
  const auto* zone = rule.zone ? rule.zone.get() : now.zone;
  const auto day = std::int64_t{rules::period_end(now.today, expires.unit)};
  const auto local = day * rules::ms_per_day + rule.day_start_ms;
  return (zone != nullptr ? zone->first_moment(local) : local) + expires.ms;
}

/// How many grants the condition asks for at `now`.
std::size_t target_of(const user_state& user, const rules::compiled_rule& rule, instance& one,
                      const moment& now) {
  const bool holds = is_true(user, rule, one, now.at, now.today);
  if (!holds || !rule.terms.every)
    return holds ? 1 : 0;
  const auto& threshold = rule.when.conditions.back(); // {"ge": [value, least]}, and it holds.
  const condition_reader reader(user, rule, one, {now.at, now.today});
  const auto value = reader.number(threshold.left)->units();
  const auto least = reader.number(threshold.right)->units();
  const auto steps = (static_cast<wide>(value) - static_cast<wide>(least))
                     / static_cast<wide>(rule.terms.every->units());
  return steps >= target_max ? target_max : static_cast<std::size_t>(steps) + 1;
}

/// One look at the grants of one instance.
class look {
public:
  look(const user_state& user, const rule_state& rule, instance& one, const moment& now,
       judgement& out)
      : user_(user), rule_(rule), terms_(rule.rule->terms), one_(one), now_(now), out_(out) {}

  void run() {
    const bool settled = is_settled(rule_, one_);
    const bool is_shown = rule_.rule->part == rules::half::shown;
    if (one_.grants && (is_shown || terms_.expires.what != rules::expiry::kind::never))
      expire();
    if (!settled && now_.at >= rule_.judged_from) // What another version decided stays.
      decide();
    if (one_.rare && one_.grants)
      obey();
  }

private:
  void decide() {
    target_ = target_of(user_, *rule_.rule, one_, now_);
    if (!one_.grants && target_ == 0)
      return;
    count();
    lose();
    gain();
    if (rule_.rule->revoke == revoke_policy::until_redeemed)
      owe();
  }

  void expire() {
    auto& grants = *one_.grants;
    for (std::size_t i = 0; i < grants.size(); ++i) {
      auto& each = grants[i];
      if (!each.is_held() || each.expires_at == no_time || each.expires_at > now_.at)
        continue;
      end(i, ending::expired, each.expires_at, time_cause);
    }
  }

  /// Grants that stand come first. A version has judged those for which its condition was seen to
  /// hold; it takes away no others.
  void count() {
    auto& grants = one_.grant_list();
    for (; standing_ < grants.size() && grants[standing_].stands; ++standing_) {
      auto& each = grants[standing_];
      if (!each.is_claimed())
        continue;
      if (claims_ < target_)
        each.judged_by = rule_.version;
      ++claims_;
    }
  }

  void lose() {
    if (rule_.rule->revoke == revoke_policy::permanent)
      return;
    const bool has_grace = terms_.grace_ms > 0;
    if (target_ < claims_) {
      if (has_grace && now_.at < begin_of_dip() + terms_.grace_ms)
        return;
      drop(true);
      drop(false);
    }
    if (has_grace && one_.dips && !one_.dips->empty() && one_.dips->back().to == no_time)
      one_.dips->back().to = now_.at;
  }

  std::int64_t begin_of_dip() {
    if (!one_.dips)
      one_.dips = std::make_unique<std::vector<dip>>();
    if (one_.dips->empty() || one_.dips->back().to != no_time)
      one_.dips->push_back({now_.at, no_time});
    return one_.dips->back().from;
  }

  /// Drops claims until they are as many as wanted, of those that are held or of the others.
  void drop(bool held) {
    auto& grants = *one_.grants;
    for (auto i = standing_; i-- > 0 && claims_ > target_;) {
      auto& each = grants[i];
      if (!each.is_claimed() || each.is_held() != held || each.judged_by != rule_.version
          || is_used_up(each))
        continue;
      each.unclaimed_at = now_.at;
      --claims_;
      if (held)
        end(i, ending::revoked, now_.at, now_.cause);
    }
  }

  void gain() {
    if (claims_ >= target_ || now_.at < terms_.valid_from || now_.at >= terms_.valid_to)
      return;
    const auto expires_at = rule_.rule->part == rules::half::shown
                              ? holdings(user_, *rule_.rule, one_.key_text()).own_expiry(now_.at)
                              : expiry_of(*rule_.rule, now_);
    if (expires_at != no_time && expires_at <= now_.at)
      return;
    auto& grants = *one_.grants;
    for (; claims_ < target_; ++claims_, ++standing_) {
      const bool must_wait = terms_.cooldown_ms > 0 && standing_ > 0
                             && now_.at < grants[standing_ - 1].granted_at + terms_.cooldown_ms;
      if (must_wait)
        return;
      open(expires_at);
    }
  }

  /// What was redeemed keeps its claim: it has to be earned back.
  bool is_used_up(const grant& what) const {
    return what.end == ending::redeemed && rule_.rule->revoke == revoke_policy::until_redeemed;
  }

  /// Of what was redeemed, the last ones are owed, as many as claims are not earned.
  void owe() {
    auto& grants = *one_.grants;
    auto missing = claims_ > target_ ? claims_ - target_ : 0;
    for (auto i = standing_; i-- > 0;) {
      auto& each = grants[i];
      if (!each.is_claimed() || !is_used_up(each))
        continue;
      const bool is_owed = missing > 0;
      missing -= is_owed ? 1 : 0;
      if (is_owed == (each.owed != nullptr))
        continue;
      if (is_owed)
        begin_debt(each);
      else
        end_debt(each);
      out_.push_back({is_owed ? verdict::change::owed : verdict::change::repaid, i});
    }
  }

  void begin_debt(grant& what) {
    what.owed = std::make_shared<const debt>(debt{now_.at, std::string(now_.cause)});
    one_.rare_state_of().debts.push_back({what.n, now_.at, no_time, std::string(now_.cause)});
  }

  void end_debt(grant& what) {
    what.owed.reset();
    for (auto& span : one_.rare_state_of().debts) {
      if (span.n == what.n && span.to == no_time)
        span.to = now_.at;
    }
  }

  /// What commands have asked up to now.
  void obey() {
    for (const auto& each : one_.rare->orders) {
      const auto* const found = find_grant(*one_.grants, each.n);
      if (each.at > now_.at || found == nullptr || !found->is_held() || found->granted_at > each.at)
        continue;
      const auto i = static_cast<std::size_t>(found - one_.grants->data());
      if (each.how != ending::none)
        end(i, each.how, each.at, each.cause);
      else if (each.at == now_.at && found->expires_at != each.expires_at)
        extend(i, each.expires_at);
    }
  }

  void extend(std::size_t i, std::int64_t expires_at) {
    (*one_.grants)[i].expires_at = expires_at;
    out_.push_back({verdict::change::extended, i});
  }

  /// The next grant begins; one of its number that no longer stood is told again.
  void open(std::int64_t expires_at) {
    auto& grants = *one_.grants;
    if (standing_ == grants.size()) {
      grants.emplace_back();
      grants.back().n = standing_ > 0 ? grants[standing_ - 1].n + 1 : 1;
    }
    auto& next = grants[standing_];
    next.reopen();
    next.stands = true;
    next.granted_at = now_.at;
    next.cause = now_.cause;
    next.expires_at = expires_at;
    next.unclaimed_at = no_time;
    next.version = rule_.version;
    next.judged_by = rule_.version;
    if (rule_.rule->emits)
      next.zone = one_.zone;
    one_.has_standing = true;
    out_.push_back({verdict::change::opened, standing_});
  }

  void end(std::size_t i, ending how, std::int64_t at, std::string_view cause) {
    auto& grant = (*one_.grants)[i];
    grant.end = how;
    grant.ended_at = at;
    grant.end_cause = cause;
    if (rule_.rule->emits)
      grant.end_zone = one_.zone;
    out_.push_back({verdict::change::ended, i});
  }

  const user_state& user_;
  const rule_state& rule_;
  const rules::grant_terms& terms_;
  instance& one_;
  const moment& now_;
  std::size_t target_ = 0;
  std::size_t standing_ = 0;
  std::size_t claims_ = 0;
  judgement& out_;
};

/// When a command has something to say.
std::int64_t order_due(const instance& one) {
  auto first = never;
  for (const auto& each : one.rare->orders) {
    const auto* mine = one.grants ? find_grant(*one.grants, each.n) : nullptr;
    if (mine == nullptr || !mine->is_held() || mine->granted_at > each.at)
      continue;
    if (each.how != ending::none || each.at > one.last_at)
      first = std::min(first, each.at);
  }
  return first;
}

/// What the grants themselves make due.
std::int64_t own_due(const rule_state& rule, const instance& one) {
  if (one.last_at == no_time)
    return never;
  auto first = one.rare ? order_due(one) : never;
  if (!rule.rule->has_terms)
    return first;
  const auto& terms = rule.rule->terms;
  const grant* newest = nullptr;
  for (std::size_t i = 0; one.grants && i < one.grants->size(); ++i) {
    const auto& each = (*one.grants)[i];
    if (each.is_held() && each.expires_at != no_time)
      first = std::min(first, each.expires_at);
    newest = each.stands ? &each : newest;
  }
  if (is_settled(rule, one))
    return first;
  const auto consider = [&](std::int64_t at) {
    if (at > one.last_at)
      first = std::min(first, at);
  };
  if (one.dips && !one.dips->empty() && one.dips->back().to == no_time)
    consider(one.dips->back().from + terms.grace_ms);
  if (terms.cooldown_ms > 0 && newest != nullptr)
    consider(newest->granted_at + terms.cooldown_ms);
  consider(terms.valid_from);
  return first;
}

} // namespace

bool is_settled(const rule_state& rule, const instance& one) {
  return one.has_standing && rule.rule->revoke == revoke_policy::permanent
         && !rule.rule->terms.every;
}

bool waits_for_time(const rule_state& rule, const instance& one) {
  if (!rule.rule->time_can_grant && !rule.rule->time_can_revoke)
    return false;
  if (one.last_at == no_time || is_settled(rule, one))
    return false;
  if (rule.rule->has_terms || one.rare)
    return true;
  const bool is_held = one.grants
                       && std::any_of(one.grants->begin(), one.grants->end(),
                                      [](const grant& each) { return each.is_held(); });
  return is_held ? rule.rule->time_can_revoke : rule.rule->time_can_grant;
}

std::int64_t next_due(const user_state& user, const rule_state& rule, instance& one) {
  const auto own = own_due(rule, one);
  if (!waits_for_time(rule, one))
    return own;
  if (!one.due_known) {
    one.due_at = due_after(user, *rule.rule, one, one.last_at, user.zone(one.zone)).value_or(never);
    one.due_known = true;
  }
  return std::min(own, one.due_at);
}

moment moment_of(const user_state& user, const rule_state& rule, const instance& one) {
  const auto offset = user.offset_s(one.zone, one.last_at);
  return {one.last_at, time_cause, day_at(*rule.rule, one.last_at, offset), user.zone(one.zone)};
}

judgement judge(const user_state& user, const rule_state& rule, instance& one, const moment& now) {
  judgement out; // Made here and not moved, which g++ 12 takes for a read out of bounds.
  look(user, rule, one, now, out).run();
  return out;
}

} // namespace laurel::state
