#include "actors/task_rules.hpp"

#include <utility>

namespace laurel::actors {

rule_switch switch_rules(std::shared_ptr<const state::rules::rule_book> book,
                         const state::task_meta& meta) {
  rule_switch made;
  const bool is_new_task = meta.commit_number == 0;
  const auto begin = is_new_task ? schemas::event_time::lowest() : meta.clock;
  for (const auto& rule : book->rules()) {
    const auto& id = state::rules::id_of(*rule);
    state::task_meta::rule_entry entry{state::rules::version_of(*rule),
                                       state::rules::aggregates_of(*rule), begin};
    const auto before = meta.rules.find(id);
    if (before != meta.rules.end() && before->second.aggregates == entry.aggregates)
      entry.effective_from = before->second.effective_from;
    made.active.effective_from.push_back(entry.effective_from);
    made.entries.emplace(id, std::move(entry));
  }
  made.active.book = std::move(book);
  return made;
}

} // namespace laurel::actors
