#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

namespace laurel::state::rules {

struct compiled_rule;

/// Which rules look at what other rules decide. Rule B depends on A if a `has` of B may name A's
/// badge or A's group, or if A emits a type that B takes.
struct rule_graph {
  std::vector<std::vector<std::uint32_t>> dependents; // By rule: who looks at it; ascending.
  std::vector<std::vector<std::uint32_t>> emitters;   // By rule: who emits what it takes.
  std::vector<std::uint32_t> order;                   // All rules, each after what it depends on.
  std::vector<std::uint32_t> rank;                    // By rule: its place in `order`.
  std::vector<std::uint32_t> circular; // Those that depend on themselves, through others or not,
                                       // or on such; ascending. They come last in `order`.
  bool has_edges = false;
};

/// The graph of `rules`, by their index. Rules that nothing binds keep their order.
rule_graph graph_of(const std::vector<std::shared_ptr<const compiled_rule>>& rules);

/// Whether two texts can be equal, with any text in place of each ${digit}.
bool may_meet(std::string_view one, std::string_view other);

} // namespace laurel::state::rules
