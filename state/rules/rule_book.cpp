#include "state/rules/rule_book.hpp"

#include "state/rules/compiled_rule.hpp"
#include "state/rules/exclusive_group.hpp"
#include "state/rules/fact.hpp"
#include "state/rules/rule_document.hpp"

#include <tsl/robin_map.h>

#include <algorithm>
#include <map>
#include <numeric>

namespace laurel::state::rules {

namespace {

struct name_hasher {
  using is_transparent = void;
  std::size_t operator()(std::string_view name) const {
    return std::hash<std::string_view>{}(name);
  }
};

/// Names seen so far by hash; finds two names of one hash.
class name_registry {
public:
  /// The earlier name if it differs from `name`; else nothing.
  std::string_view clash(std::uint32_t hash, std::string_view name) {
    const auto [at, is_new] = names_.emplace(hash, name);
    return is_new || at->second == name ? std::string_view{} : at->second;
  }

private:
  std::map<std::uint32_t, std::string_view> names_;
};

/// The faults that `rule` adds to those whose names are in the registries.
std::vector<rule_fault> clashes(const compiled_rule& rule, name_registry& types,
                                name_registry& paths) {
  std::vector<rule_fault> faults;
  const auto check = [&](name_registry& registry, std::uint32_t hash, std::string_view name,
                         const char* path) {
    const auto other = registry.clash(hash, name);
    if (!other.empty())
      faults.push_back({path, "rule " + rule.id + ": " + in_quotes(name) + " has the same hash as "
                                + in_quotes(other) + " of another rule; rename it"});
  };
  for (const auto& type : rule.on)
    check(types, type.hash, type.name, "/on");
  for (const auto& path : rule.paths)
    check(paths, name_hash(path), path, "");
  return faults;
}

using rule_list = std::vector<std::shared_ptr<const compiled_rule>>;

/// Places in `rules`, in the order of the rules' ids.
std::vector<std::size_t> by_id(const rule_list& rules) {
  std::vector<std::size_t> order(rules.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return rules[a]->id < rules[b]->id; });
  return order;
}

} // namespace

struct rule_book::index {
  schemas::projection reads;
  std::vector<std::uint32_t> path_hashes;
  tsl::robin_map<std::string, type_entry, name_hasher, std::equal_to<>> types;
  tsl::robin_map<std::uint32_t, const type_entry*> types_by_hash;
  tsl::robin_map<std::string, std::uint32_t, name_hasher, std::equal_to<>> ids;

  void add(const compiled_rule& rule, std::uint32_t number) {
    ids.emplace(rule.id, number);
    for (const auto& type : rule.on) {
      auto& entry = types[type.name];
      entry.hash = type.hash;
      entry.rules.push_back(number);
      entry.keep_ms = std::max(entry.keep_ms, rule.last_window_ms);
    }
    for (const auto& path : rule.paths) {
      if (reads.add(path) == path_hashes.size())
        path_hashes.push_back(name_hash(path));
    }
  }
};

rule_book::rule_book(std::vector<std::shared_ptr<const compiled_rule>> rules)
    : rules_(with_halves(std::move(rules))), graph_(graph_of(rules_)) {
  auto made = std::make_unique<index>();
  name_registry types;
  name_registry paths;
  const compiled_rule* previous = nullptr;
  std::vector<bool> taken(rules_.size());
  for (const auto i : by_id(rules_)) {
    const bool twice = previous != nullptr && previous->id == rules_[i]->id;
    taken[i] = !twice && clashes(*rules_[i], types, paths).empty();
    previous = rules_[i].get();
  }
  for (const auto i : graph_.circular) // Nothing may reach them, and they reach nobody.
    taken[i] = false;
  for (auto& each : graph_.dependents)
    std::erase_if(each, [&](std::uint32_t i) { return !taken[i]; });
  for (std::size_t i = 0; i < rules_.size(); ++i) {
    if (taken[i])
      made->add(*rules_[i], static_cast<std::uint32_t>(i));
  }
  for (const auto& [name, entry] : made->types)
    made->types_by_hash.emplace(entry.hash, &entry);
  index_ = std::move(made);
}

rule_book::~rule_book() = default;

const std::vector<std::uint32_t>& rule_book::touched_by(std::string_view type) const {
  static const std::vector<std::uint32_t> none;
  const auto* entry = find_type(type);
  return entry != nullptr ? entry->rules : none;
}

const schemas::projection& rule_book::reads() const {
  return index_->reads;
}

const rule_book::type_entry* rule_book::find_type(std::string_view type) const {
  const auto found = index_->types.find(type);
  return found != index_->types.end() ? &found->second : nullptr;
}

const rule_book::type_entry* rule_book::find_type(std::uint32_t hash) const {
  const auto found = index_->types_by_hash.find(hash);
  return found != index_->types_by_hash.end() ? found->second : nullptr;
}

std::optional<std::uint32_t> rule_book::index_of(std::string_view id) const {
  const auto found = index_->ids.find(id);
  return found != index_->ids.end() ? std::optional(found->second) : std::nullopt;
}

const std::vector<std::uint32_t>& rule_book::path_hashes() const {
  return index_->path_hashes;
}

std::vector<rule_fault> conflicts(const std::vector<std::shared_ptr<const compiled_rule>>& rules) {
  std::vector<rule_fault> faults;
  name_registry types;
  name_registry paths;
  const compiled_rule* previous = nullptr;
  for (const auto i : by_id(rules)) {
    const auto& rule = rules[i];
    if (previous != nullptr && previous->id == rule->id)
      faults.push_back({"/id", in_quotes(rule->id) + " is the id of two rules"});
    for (auto& fault : clashes(*rule, types, paths))
      faults.push_back(std::move(fault));
    previous = rule.get();
  }
  const auto all = with_halves(rules);
  const auto graph = graph_of(all);
  if (!graph.circular.empty()) {
    std::string names;
    for (const auto i : graph.circular) {
      if (all[i]->part != half::own) // The other half tells.
        names += (names.empty() ? "" : ", ") + in_quotes(all[i]->id);
    }
    faults.push_back({"/when", "rules depend on each other in a circle, or on such: " + names
                                 + "; one of them must not look at the others' badges"});
  }
  return faults;
}

} // namespace laurel::state::rules
