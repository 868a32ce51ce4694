#include "state/holdings.hpp"

#include "state/grant_log.hpp"
#include "state/judge.hpp"

#include <algorithm>
#include <set>

namespace laurel::state {

using rules::holding_query;

namespace {

bool is_held_at(const grant& what, std::int64_t at) {
  return what.granted_at <= at && (what.end == ending::none || what.ended_at > at);
}

bool is_found(const holding_query& query, const grant& what, std::int64_t at) {
  if (query.ever)
    return what.granted_at <= at;
  return is_held_at(what, at) && what.granted_at + query.for_ms <= at;
}

} // namespace

/// Shows every grant that `query` may count, at whatever time, with the rule and instance it is of.
template <class Visit>
void holdings::for_each(const holding_query& query, Visit&& visit) const {
  const auto name = rules::name_for(query.name, key_parts(key_));
  for (const auto& rule : user_.rules) {
    const auto* known = rule->rule;
    if (query.is_group && (known == nullptr || known->group.empty()))
      continue;
    if (known != nullptr && known->is_shadow)
      continue;
    for (const auto& one : rule->instances) {
      if (!one->grants
          || (query.is_group
              && rules::name_for(rule->rule->group, key_parts(one->key_text())) != name))
        continue;
      for (const auto& each : *one->grants) {
        if (each.told && (query.is_group || each.badge == name))
          visit(*rule, *one, each);
      }
    }
  }
}

std::uint32_t holdings::count(const holding_query& query, std::int64_t at) const {
  std::uint32_t grants = 0;
  std::set<std::string_view> badges;
  for_each(query, [&](const rule_state&, const instance&, const grant& each) {
    if (!is_found(query, each, at))
      return;
    ++grants;
    if (query.is_group)
      badges.insert(each.badge);
  });
  return query.is_group ? static_cast<std::uint32_t>(badges.size()) : grants;
}

std::optional<std::int64_t> holdings::due_after(std::int64_t now) const {
  std::optional<std::int64_t> first;
  for (const auto& query : rule_.holdings) {
    if (query.for_ms == 0)
      continue;
    for_each(query, [&](const rule_state&, const instance&, const grant& each) {
      const auto due = each.granted_at + query.for_ms;
      if (is_held_at(each, now) && due > now)
        first = std::min(first.value_or(due), due);
    });
  }
  return first;
}

std::vector<holding_change> holdings::changes_from(std::int64_t from) const {
  std::vector<holding_change> out;
  for (const auto& query : rule_.holdings) {
    for_each(query, [&](const rule_state&, const instance&, const grant& each) {
      if (each.granted_at >= from)
        out.push_back({each.granted_at, each.cause});
      if (each.end != ending::none && each.ended_at >= from)
        out.push_back({each.ended_at, each.end == ending::revoked ? each.end_cause : time_cause});
    });
  }
  std::stable_sort(out.begin(), out.end(),
                   [](const auto& a, const auto& b) { return a.at < b.at; });
  return out;
}

std::string holdings::parent_at(std::int64_t at) const {
  std::string least;
  for (const auto& query : rule_.holdings) {
    for_each(query, [&](const rule_state& rule, const instance& one, const grant& each) {
      if (each.granted_at != at && (each.end == ending::none || each.ended_at != at))
        return;
      auto id = grant_id(rule.id, user_.user_id, one.key_text(), each.n);
      if (least.empty() || id < least)
        least = std::move(id);
    });
  }
  return least;
}

bool holdings::look_at(const rules::compiled_rule& source, std::string_view source_key) const {
  const auto mine = key_parts(key_);
  const auto theirs = key_parts(source_key);
  return std::any_of(rule_.holdings.begin(), rule_.holdings.end(), [&](const auto& query) {
    const auto& pattern = query.is_group ? source.group : source.badge;
    return !pattern.empty()
           && rules::name_for(query.name, mine) == rules::name_for(pattern, theirs);
  });
}

} // namespace laurel::state
