#pragma once

#include "state/meta.hpp"
#include "state/rules/rule_book.hpp"

#include <memory>

namespace laurel::actors {

/// The rules a task works with from its next round on, and what `__meta` has to remember of them.
struct rule_switch {
  state::rules::active_rules active;
  std::map<std::string, state::task_meta::rule_entry> entries;
};

/// Decides from when each rule of `book` counts. A rule that was in force before with the same
/// aggregates goes on; any other begins at the task's clock, so that no history is counted by half.
/// For a task that has not committed anything yet everything counts.
rule_switch switch_rules(std::shared_ptr<const state::rules::rule_book> book,
                         const state::task_meta& meta);

} // namespace laurel::actors
