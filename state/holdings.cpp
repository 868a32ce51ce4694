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

/// Whether grants of the rule may be what `query` looks for.
bool holdings::may_count(const holding_query& query, const rule_state& rule) const {
  using source = holding_query::source;
  const auto* known = rule.rule;
  if (query.of == source::own)
    return rule.id == query.name;
  if (known != nullptr && known->is_shadow)
    return false;
  const bool is_own_half = known != nullptr && known->part == rules::half::own;
  if (query.of == source::higher)
    return is_own_half && *known->rank > query.rank;
  if (query.is_group)
    return known != nullptr && !known->group.empty() && !is_own_half;
  return !is_own_half;
}

/// Shows every grant that `query` may count, at whatever time, with the rule and instance it is of.
template <class Visit>
void holdings::for_each(const holding_query& query, Visit&& visit) const {
  using source = holding_query::source;
  const bool is_own = query.of == source::own;
  const bool is_by_group = query.is_group || query.of == source::higher;
  const auto name = is_own ? query.name : rules::name_for(query.name, key_parts(key_));
  for (const auto& rule : user_.rules) {
    if (!may_count(query, *rule))
      continue;
    for (const auto& one : rule->instances) {
      const auto key = one->key_text();
      if (!one->grants || (is_own && key != key_)
          || (is_by_group && rules::name_for(rule->rule->group, key_parts(key)) != name))
        continue;
      for (const auto& each : *one->grants) {
        if (each.told && (is_own || is_by_group || each.badge == name))
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
    if (query.of != holding_query::source::all)
      continue; // Nobody is told of those.
    for_each(query, [&](const rule_state& rule, const instance& one, const grant& each) {
      if (each.granted_at != at && (each.end == ending::none || each.ended_at != at))
        return;
      auto id = grant_id(user_, rule.id, one.key_text(), each.n);
      if (least.empty() || id < least)
        least = std::move(id);
    });
  }
  return least;
}

std::int64_t holdings::own_expiry(std::int64_t at) const {
  auto found = no_time;
  for (const auto& query : rule_.holdings) {
    if (query.of != holding_query::source::own)
      continue;
    for_each(query, [&](const rule_state&, const instance&, const grant& each) {
      if (is_held_at(each, at))
        found = each.expires_at;
    });
  }
  return found;
}

bool holdings::look_at(const rules::compiled_rule& source, std::string_view source_key) const {
  const auto mine = key_parts(key_);
  const auto theirs = key_parts(source_key);
  return std::any_of(rule_.holdings.begin(), rule_.holdings.end(), [&](const auto& query) {
    if (query.of == holding_query::source::own)
      return source.id == query.name && source_key == key_;
    const bool is_by_group = query.is_group || query.of == holding_query::source::higher;
    const auto& pattern = is_by_group ? source.group : source.badge;
    return !pattern.empty()
           && rules::name_for(query.name, mine) == rules::name_for(pattern, theirs);
  });
}

} // namespace laurel::state
