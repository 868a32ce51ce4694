#include "state/user_state.hpp"

#include <algorithm>
#include <utility>

namespace laurel::state {

namespace {

constexpr std::size_t listed_instances_max = 16; // Above it, a table finds a key faster.
constexpr std::size_t part_bytes_max = 0xffff;

} // namespace

void instance::resize_leaves(std::size_t count) {
  leaf_count = static_cast<std::uint8_t>(count);
  more_leaves = count > 1 ? std::make_unique<leaf_state[]>(count - 1) : nullptr;
}

void instance::note_standing() {
  has_standing = grants && std::any_of(grants->begin(), grants->end(), [](const grant& one) {
                   return one.stands;
                 });
}

std::vector<grant>& instance::grant_list() {
  if (!grants)
    grants = std::make_unique<std::vector<grant>>();
  return *grants;
}

rule_state& user_state::manual() {
  // What is in no book in force lies behind what is, by id.
  const auto at = std::find_if(rules.begin(), rules.end(), [](const auto& each) {
    return each->rule == nullptr && each->id >= manual_rule_id;
  });
  if (at != rules.end() && (*at)->id == manual_rule_id)
    return **at;
  auto made = std::make_unique<rule_state>();
  made->id = manual_rule_id;
  made->is_closed = true;
  return **rules.insert(at, std::move(made));
}

rare_state& instance::rare_state_of() {
  if (!rare)
    rare = std::make_unique<rare_state>();
  return *rare;
}

const grant* find_grant(const std::vector<grant>& grants, std::uint32_t n) {
  const auto found =
    std::find_if(grants.begin(), grants.end(), [&](const grant& one) { return one.n == n; });
  return found != grants.end() ? &*found : nullptr;
}

grant* find_grant(std::vector<grant>& grants, std::uint32_t n) {
  return const_cast<grant*>(find_grant(std::as_const(grants), n)); // Of a list that may change.
}

std::optional<told_grant> told_of(const grant& what) {
  if (!what.told)
    return std::nullopt;
  return told_grant{what.granted_at, what.end != ending::none ? what.ended_at : no_time, what.zone,
                    what.end_zone};
}

rule_state* user_state::bound_rule(std::uint32_t index) const {
  const auto at = std::lower_bound(bound.begin(), bound.end(), index);
  if (at == bound.end() || *at != index)
    return nullptr;
  return rules[static_cast<std::size_t>(at - bound.begin())].get();
}

rule_state& user_state::rule_or(std::uint32_t index, rule_state& untouched) const {
  if (auto* known = bound_rule(index))
    return *known;
  untouched.rule = book->rules()[index].get();
  untouched.index = index;
  untouched.id = untouched.rule->id;
  return untouched;
}

rule_state* user_state::find_rule(std::string_view id) const {
  const auto at =
    std::find_if(rules.begin(), rules.end(), [&](const auto& each) { return each->id == id; });
  return at != rules.end() ? at->get() : nullptr;
}

const emission_change* user_state::emission_of(const instance& one, std::uint32_t n) const {
  const auto found = std::find_if(emitted.begin(), emitted.end(), [&](const emission_change& each) {
    return each.one == &one && each.n == n;
  });
  return found != emitted.end() ? &*found : nullptr;
}

rules::zone_index user_state::zone_named(std::string_view name) {
  for (std::size_t i = 0; i < zones.size(); ++i) {
    if (zones[i].name == name)
      return static_cast<rules::zone_index>(i);
  }
  auto table = rules::zone_table::of(std::string(name));
  if (!table)
    return rules::no_zone;
  zones.push_back({std::string(name), std::move(table)});
  core_dirty = true;
  return static_cast<rules::zone_index>(zones.size() - 1);
}

instance* rule_state::find(std::string_view key) const {
  if (key.empty())
    return keyless;
  if (by_key) {
    const auto found = by_key->find(key);
    return found != by_key->end() ? found->second : nullptr;
  }
  for (const auto& one : instances) {
    if (one->key_text() == key)
      return one.get();
  }
  return nullptr;
}

instance& rule_state::find_or_add(std::string_view key) {
  if (auto* found = find(key))
    return *found;
  auto made = std::make_unique<instance>();
  if (!key.empty())
    made->key = std::make_unique<const std::string>(key);
  if (rule != nullptr) // Grants by hand have no rule.
    made->resize_leaves(rule->leaves.size());
  made->has_points = true; // Of a new instance there is nothing to be rebuilt.
  auto& out = *made;
  adopt(std::move(made));
  return out;
}

void rule_state::adopt(std::unique_ptr<instance> made) {
  if (by_key)
    by_key->emplace(made->key_text(), made.get());
  if (!made->key)
    keyless = made.get();
  instances.push_back(std::move(made));
  auto& last = instances.back();
  if (!last->in_row) // Those of the core record come first.
    std::swap(last, instances[in_core++]);
  if (by_key || instances.size() <= listed_instances_max)
    return;
  by_key = std::make_unique<tsl::robin_map<std::string_view, instance*>>();
  for (const auto& one : instances)
    by_key->emplace(one->key_text(), one.get());
}

bool rule_state::counts(const rules::fact& event) const {
  const auto input = static_cast<std::size_t>(event.from);
  if (event.is_derived)
    return event.at >= counts_from;
  if (event.at < counts_from || event.ordinal < since[input])
    return false;
  return std::none_of(gaps.begin(), gaps.end(), [&](const auto& gap) {
    return event.ordinal >= gap.first[input] && event.ordinal < gap.second[input];
  });
}

void user_state::touch(rule_state& rule, instance& one) {
  core_dirty = true; // Clocks and the tail of the history changed in any case.
  if (one.in_row && !one.is_dirty) {
    one.is_dirty = true;
    dirty_instances.emplace_back(&rule, &one);
  }
}

std::size_t user_state::memory_bytes() const {
  std::size_t bytes = sizeof(user_state) + user_id.capacity() + history.memory_bytes()
                      + rules.capacity() * sizeof(void*);
  for (const auto& rule : rules) {
    bytes += sizeof(rule_state) + rule->instances.capacity() * sizeof(void*);
    for (const auto& one : rule->instances) {
      bytes += sizeof(instance) + one->key_text().size();
      for (std::size_t i = 0; i < one->leaf_count; ++i)
        bytes += (i > 0 ? sizeof(leaf_state) : 0) + state::memory_bytes(one->leaf(i));
      if (one->grants)
        bytes += one->grants->capacity() * sizeof(grant);
    }
  }
  return bytes;
}

void append_key_part(std::string& key, std::string_view part) {
  part = part.substr(0, part_bytes_max);
  key.push_back(static_cast<char>(part.size() >> 8U));
  key.push_back(static_cast<char>(part.size() & 0xffU));
  key.append(part);
}

std::vector<std::string> key_parts(std::string_view key) {
  std::vector<std::string> out;
  while (key.size() >= 2) {
    const auto size = static_cast<std::size_t>(static_cast<unsigned char>(key[0]) << 8U
                                               | static_cast<unsigned char>(key[1]));
    out.emplace_back(key.substr(2, size));
    key.remove_prefix(std::min(key.size(), size + 2));
  }
  return out;
}

} // namespace laurel::state
