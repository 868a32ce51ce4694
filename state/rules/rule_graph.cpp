#include "state/rules/rule_graph.hpp"

#include "state/rules/compiled_rule.hpp"

#include <algorithm>

namespace laurel::state::rules {

namespace {

constexpr int anything = -1; // What stands for a part of the key.

/// A text as its characters, with `anything` for each ${digit}: the compiler has seen to it that
/// "${" is followed by a digit and "}".
std::vector<int> tokens_of(std::string_view text) {
  std::vector<int> out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool is_part = text.substr(i, 2) == "${";
    out.push_back(is_part ? anything : static_cast<unsigned char>(text[i]));
    i += is_part ? 3 : 0;
  }
  return out;
}

bool takes_from(const compiled_rule& one, const compiled_rule& other) {
  return other.emits && !other.is_shadow && one.type_index(other.emits->type_hash) >= 0;
}

bool may_find(const holding_query& query, const compiled_rule& other) {
  using source = holding_query::source;
  if (query.of == source::own)
    return other.id == query.name;
  if (other.is_shadow)
    return false;
  if (query.of == source::higher)
    return other.part == half::own && *other.rank > query.rank && may_meet(query.name, other.group);
  if (other.part == half::own)
    return false;
  const auto& name = query.is_group ? other.group : other.badge;
  return !name.empty() && may_meet(query.name, name);
}

bool looks_at(const compiled_rule& one, const compiled_rule& other) {
  return std::any_of(one.holdings.begin(), one.holdings.end(),
                     [&](const holding_query& query) { return may_find(query, other); });
}

} // namespace

bool may_meet(std::string_view one, std::string_view other) {
  const auto a = tokens_of(one);
  const auto b = tokens_of(other);
  // meet[j]: whether the rest of `a` from i on may equal the rest of `b` from j on.
  std::vector<bool> meet(b.size() + 1);
  std::vector<bool> below(b.size() + 1); // The same from i + 1 on.
  for (auto i = a.size() + 1; i-- > 0;) {
    for (auto j = b.size() + 1; j-- > 0;) {
      const bool a_ends = i == a.size();
      const bool b_ends = j == b.size();
      const bool a_any = !a_ends && a[i] == anything;
      const bool b_any = !b_ends && b[j] == anything;
      if (a_ends && b_ends)
        meet[j] = true;
      else if (a_any || b_any) // It stands for nothing, or takes one more of the other.
        meet[j] = (a_any && below[j]) || (b_any && meet[j + 1]) || (a_any && !b_ends && meet[j + 1])
                  || (b_any && !a_ends && below[j]);
      else
        meet[j] = !a_ends && !b_ends && a[i] == b[j] && below[j + 1];
    }
    below = meet;
  }
  return below[0];
}

rule_graph graph_of(const std::vector<std::shared_ptr<const compiled_rule>>& rules) {
  const auto count = static_cast<std::uint32_t>(rules.size());
  rule_graph out;
  out.dependents.resize(count);
  out.rank.resize(count);
  out.emitters.resize(count);
  std::vector<std::uint32_t> waits_for(count, 0);
  const bool some_emit =
    std::any_of(rules.begin(), rules.end(), [](const auto& one) { return one->emits != nullptr; });
  for (std::uint32_t i = 0; i < count; ++i) {
    if (rules[i]->holdings.empty() && !some_emit)
      continue;
    for (std::uint32_t source = 0; source < count; ++source) {
      const bool takes = takes_from(*rules[i], *rules[source]);
      if (!takes && !looks_at(*rules[i], *rules[source]))
        continue;
      if (takes)
        out.emitters[i].push_back(source);
      out.dependents[source].push_back(i);
      ++waits_for[i];
      out.has_edges = true;
    }
  }
  // Whoever waits for nobody comes next; the order among them is that of the rules.
  for (std::uint32_t i = 0; i < count; ++i) {
    if (waits_for[i] == 0)
      out.order.push_back(i);
  }
  for (std::size_t next = 0; next < out.order.size(); ++next) {
    for (const auto dependent : out.dependents[out.order[next]]) {
      if (--waits_for[dependent] == 0)
        out.order.push_back(dependent);
    }
  }
  for (std::uint32_t i = 0; i < count; ++i) {
    if (waits_for[i] > 0)
      out.circular.push_back(i);
  }
  out.order.insert(out.order.end(), out.circular.begin(), out.circular.end());
  for (std::uint32_t place = 0; place < count; ++place)
    out.rank[out.order[place]] = place;
  return out;
}

} // namespace laurel::state::rules
