#include "state/grant_log.hpp"

#include "schemas/base/hex.hpp"
#include "schemas/decision_codec.hpp"
#include "state/parent.hpp"
#include "state/rules/rule_document.hpp"

#include <sodium.h>

#include <algorithm>
#include <array>
#include <span>
#include <tuple>

namespace laurel::state {

using schemas::decision_kind;
using schemas::event_time;

namespace {

bool same_debt(const grant& a, const grant& b) {
  return a.owed == b.owed || (a.owed && b.owed && *a.owed == *b.owed);
}

bool same_truth(const grant& a, const grant& b) {
  if (a.granted_at != b.granted_at || a.cause != b.cause || a.end != b.end || a.zone != b.zone
      || a.end_zone != b.end_zone || a.expires_at != b.expires_at || !same_debt(a, b))
    return false;
  return a.end == ending::none || (a.ended_at == b.ended_at && a.end_cause == b.end_cause);
}

/// Whether `now` is `before` with nothing but an end added.
bool has_only_ended(const grant& now, const grant& before) {
  return now.granted_at == before.granted_at && now.cause == before.cause && now.zone == before.zone
         && before.end == ending::none && now.end != ending::none && !now.owed;
}

/// The first 128 bits of the BLAKE2b-256 of `bytes`, in hex.
std::string short_id(std::string_view bytes) {
  constexpr std::size_t id_bytes = 16;
  std::array<unsigned char, crypto_generichash_BYTES> digest{};
  crypto_generichash(digest.data(), digest.size(),
                     reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), nullptr,
                     0);
  return schemas::to_hex(std::span(digest).first(id_bytes));
}

/// The kind of a record that tells of nothing but the end.
decision_kind kind_of_end(const grant& what) {
  if (what.end == ending::redeemed)
    return decision_kind::redeemed;
  return what.end == ending::expired ? decision_kind::expired : decision_kind::revoked;
}

} // namespace

std::string grant_id(const user_state& user, std::string_view rule_id, std::string_view key,
                     std::uint32_t n) {
  std::string bytes;
  bytes.reserve(rule_id.size() + user.user_id.size() + key.size() + 8);
  append_key_part(bytes, rule_id);
  append_key_part(bytes, user.user_id);
  bytes.append(key);
  for (int shift = 24; shift >= 0; shift -= 8)
    bytes.push_back(static_cast<char>(n >> shift & 0xffU));
  if (user.erased_at != no_time)
    append_key_part(bytes, std::to_string(user.erased_at));
  return short_id(bytes);
}

void tell_end(const grant& what, schemas::decision& into) {
  if (what.end == ending::expired) {
    into.expired_at = event_time{what.ended_at};
  } else if (what.end == ending::redeemed) {
    into.redeemed_at = event_time{what.ended_at};
    into.redeem_cause = what.end_cause;
  } else if (what.end != ending::none) {
    into.revoked_at = event_time{what.ended_at};
    into.revoke_cause = what.end_cause;
  }
  if (what.owed) {
    into.debt_at = event_time{what.owed->at};
    into.debt_cause = what.owed->cause;
  }
}

trigger trigger_of(const schemas::event& event) {
  return {event.recorded_at, {event.from, event.offset}};
}

schemas::decision decision_of(const user_state& user, const rule_state& rule, const instance& one,
                              const grant& what, decision_kind kind) {
  schemas::decision out;
  out.kind = kind;
  out.grant_id = grant_id(user, rule.id, one.key_text(), what.n);
  out.revision = what.revision;
  out.user_id = user.user_id;
  out.badge_id = what.badge;
  out.rule_id = rules::document_id(rule.id);
  out.rule_version = rules::hex_of(what.version);
  out.key = key_parts(one.key_text());
  out.n = what.n;
  out.granted_at = {what.granted_at};
  out.cause = what.cause;
  if (kind != decision_kind::granted)
    tell_end(what, out);
  if (what.expires_at != no_time && what.end == ending::none)
    out.expires_at = event_time{what.expires_at};
  out.is_pinned = what.is_pinned;
  out.parent = parent_of(user, rule, one, what, kind);
  out.recorded_at = {what.recorded_at};
  out.position = what.told_by;
  return out;
}

schemas::decision last_record(const user_state& user, const rule_state& rule, const instance& one,
                              const grant& what) {
  const auto kind = what.owed                      ? decision_kind::debt
                    : what.end == ending::expired  ? decision_kind::expired
                    : what.end == ending::redeemed ? decision_kind::redeemed
                    : what.end != ending::none     ? decision_kind::revoked
                    : what.revision == 1           ? decision_kind::granted
                                                   : decision_kind::amended;
  return decision_of(user, rule, one, what, kind);
}

void grant_log::tell(rule_state& rule, instance& one, grant& what, decision_kind kind,
                     std::int64_t from, const trigger& by) {
  ++what.revision;
  what.told = kind != decision_kind::withdrawn;
  what.recorded_at = by.recorded_at.ms;
  what.told_by = by.place;
  if (!user_.book->graph().dependents[rule.index].empty())
    news_.push_back({&rule, &one, from});
  const bool is_half = rule.rule->part == rules::half::own;
  if (is_half || (rule.rule->emits && !rule.rule->is_shadow)) // There is no badge to tell of.
    return;
  if (what.badge.empty())
    what.badge = rule.rule->emits ? rule.rule->emits->type
                                  : rules::name_for(rule.rule->badge, key_parts(one.key_text()));
  add(rule, one, what, kind);
}

/// Writes the decision down, and a notification of it if the rule wants one: the first of its kind
/// for the grant.
void grant_log::add(const rule_state& rule, const instance& one, grant& what, decision_kind kind) {
  const bool is_tried = rule.rule != nullptr && rule.rule->is_shadow;
  (is_tried ? out_.trials : out_.decisions).push_back(decision_of(user_, rule, one, what, kind));
  const auto* told = rule.rule != nullptr ? rule.rule->told.get() : nullptr;
  if (told == nullptr || !told->tells(kind) || (what.notified & rules::notice::bit(kind)) != 0)
    return;
  what.notified = static_cast<std::uint16_t>(what.notified | rules::notice::bit(kind));
  const auto& decision = out_.decisions.back();
  std::string named;
  append_key_part(named, decision.grant_id);
  append_key_part(named, name_of(kind));
  out_.notifications.push_back({short_id(named), decision, told->message, told->award});
}

/// Remembers what a derived event was before the step at hand changed it for the first time.
void grant_log::note_emitted(rule_state& rule, instance& one, std::uint32_t n,
                             const std::optional<told_grant>& before) {
  if (!rule.rule->emits)
    return;
  if (user_.emission_of(one, n) == nullptr)
    user_.emitted.push_back({&rule, &one, n, before});
}

void grant_log::tell_standing(rule_state& rule, instance& one, grant& what, const trigger& by) {
  if (what.revision > 0) {
    tell(rule, one, what, decision_kind::amended, what.granted_at, by);
    return;
  }
  tell(rule, one, what, decision_kind::granted, what.granted_at, by);
  if (what.end != ending::none)
    tell(rule, one, what, kind_of_end(what), what.ended_at, by);
  if (what.owed)
    tell(rule, one, what, decision_kind::debt, what.owed->at, by);
}

void grant_log::opened(rule_state& rule, instance& now, std::size_t i, const trigger& by) {
  auto& what = now.grant_list()[i];
  const auto limit = rule.rule->max_per_user;
  note_emitted(rule, now, what.n, std::nullopt);
  if (limit == 0) {
    tell_standing(rule, now, what, by);
    return;
  }
  if (!rule.awards_known)
    count_awards(rule);
  if (rule.awards_told < limit) { // Then every grant that stands has been told.
    tell_standing(rule, now, what, by);
    ++rule.awards_told;
    rule.last_award_at = std::max(rule.last_award_at, what.granted_at);
  } else if (what.granted_at <= rule.last_award_at) {
    choose_again(rule, now, *now.grants, by);
  }
}

void grant_log::closed(rule_state& rule, instance& now, std::size_t i, const trigger& by) {
  auto& what = now.grant_list()[i];
  if (!what.told)
    return;
  note_emitted(rule, now, what.n, told_grant{what.granted_at, no_time, what.zone, rules::no_zone});
  tell(rule, now, what, kind_of_end(what), what.ended_at, by);
}

void grant_log::changed(rule_state& rule, instance& now, std::size_t i, decision_kind kind,
                        const trigger& by) {
  auto& what = now.grant_list()[i];
  if (what.told)
    changed_alone(rule, now, what, kind, by);
}

void grant_log::changed_alone(const rule_state& rule, const instance& now, grant& what,
                              decision_kind kind, const trigger& by) {
  ++what.revision;
  what.told = true;
  what.recorded_at = by.recorded_at.ms;
  what.told_by = by.place;
  add(rule, now, what, kind);
}

void grant_log::compare(rule_state& rule, instance& one, grant& now, const grant* before,
                        bool wanted, const trigger& by) {
  const bool is_told_so =
    wanted ? now.told && (before == nullptr || same_truth(now, *before)) : !now.told;
  if (is_told_so)
    return;
  note_emitted(rule, one, now.n,
               now.told ? told_of(before != nullptr ? *before : now) : std::nullopt);
  const auto begin =
    std::min(now.granted_at, before != nullptr ? before->granted_at : now.granted_at);
  if (!wanted)
    tell(rule, one, now, decision_kind::withdrawn, begin, by);
  else if (!now.told)
    tell_standing(rule, one, now, by);
  else if (has_only_ended(now, *before))
    tell(rule, one, now, kind_of_end(now), now.ended_at, by);
  else
    tell(rule, one, now, decision_kind::amended, begin, by);
}

void grant_log::settle(rule_state& rule, instance& now, const std::vector<grant>& before,
                       const trigger& by) {
  if (rule.rule->max_per_user > 0) {
    choose_again(rule, now, before, by);
    return;
  }
  if (!now.grants)
    return;
  for (auto& one : *now.grants)
    compare(rule, now, one, find_grant(before, one.n), one.stands, by);
}

std::vector<grant_log::award> grant_log::chosen(rule_state& rule) const {
  std::vector<award> all;
  for (const auto& one : rule.instances) {
    for (std::size_t i = 0; one->grants && i < one->grants->size(); ++i) {
      if ((*one->grants)[i].stands)
        all.push_back({one.get(), i});
    }
  }
  std::sort(all.begin(), all.end(), [](const award& a, const award& b) {
    const auto& x = (*a.of->grants)[a.index];
    const auto& y = (*b.of->grants)[b.index];
    if (x.granted_at != y.granted_at)
      return x.granted_at < y.granted_at;
    return std::make_tuple(key_parts(a.of->key_text()), x.n)
           < std::make_tuple(key_parts(b.of->key_text()), y.n);
  });
  if (all.size() > rule.rule->max_per_user)
    all.resize(rule.rule->max_per_user);
  return all;
}

void grant_log::choose_again(rule_state& rule, const instance& changed,
                             const std::vector<grant>& before, const trigger& by) {
  const auto winners = chosen(rule);
  const auto wins = [&](const instance* one, std::size_t i) {
    return std::any_of(winners.begin(), winners.end(),
                       [&](const award& each) { return each.of == one && each.index == i; });
  };
  std::vector<award> losers;
  for (const auto& one : rule.instances) {
    for (std::size_t i = 0; one->grants && i < one->grants->size(); ++i) {
      if ((*one->grants)[i].told && !wins(one.get(), i))
        losers.push_back({one.get(), i});
    }
  }
  std::sort(losers.begin(), losers.end(), [](const award& a, const award& b) {
    return std::make_tuple(a.of->key_text(), a.index) < std::make_tuple(b.of->key_text(), b.index);
  });
  for (const auto& [one, i] : losers) {
    compare(rule, *one, (*one->grants)[i], nullptr, false, by);
    user_.touch(rule, *one);
  }
  for (const auto& [one, i] : winners) {
    auto& what = (*one->grants)[i];
    const auto* was = one == &changed ? find_grant(before, what.n) : nullptr;
    compare(rule, *one, what, was, true, by);
    user_.touch(rule, *one);
  }
  rule.awards_known = false;
}

void grant_log::count_awards(rule_state& rule) const {
  rule.awards_known = true;
  rule.awards_told = 0;
  rule.last_award_at = no_time;
  for (const auto& one : rule.instances) {
    for (std::size_t i = 0; one->grants && i < one->grants->size(); ++i) {
      const auto& what = (*one->grants)[i];
      if (!what.told)
        continue;
      ++rule.awards_told;
      rule.last_award_at = std::max(rule.last_award_at, what.granted_at);
    }
  }
}

std::uint32_t told_grants(const rule_state& rule) {
  std::uint32_t told = 0;
  for (const auto& one : rule.instances) {
    for (std::size_t i = 0; one->grants && i < one->grants->size(); ++i)
      told += (*one->grants)[i].told ? 1 : 0;
  }
  return told;
}

} // namespace laurel::state
