#pragma once

#include "state/rule_lint.hpp"
#include "topology/cli/rule_file.hpp"

#include <iosfwd>
#include <string>
#include <vector>

namespace laurel::api {
class gateway;
} // namespace laurel::api

namespace laurel::topology::cli {

class session;

/// Now, as the machine has it: rules are held against it only to tell what is over.
schemas::event_time wall_clock();

/// What the rule grants or emits is there for the others.
void add_grants(const state::rules::compiled_rule& rule, state::lint_context& to);

/// The same for every rule in force. A failure is that of asking for them.
schemas::result<void> add_grants_in_force(api::gateway& engine, state::lint_context& to);

/// Where a finding is, "FILE:LINE", and in which rule.
struct finding_place {
  std::string where;
  std::string rule_id;
};

/// One line; an object if the session is to print JSON.
void print_finding(session& with, std::ostream& out, const finding_place& at,
                   const state::lint_finding& found);

/// Tells stderr what is hardly meant in rules that are good, so that nobody has to know of `lint`
/// to be warned. Notes are left to it, and what only a history can tell. `engine` says which badges
/// there are; with none, badges that no rule grants are not looked for.
void warn_of_all(session& with, const std::string& file,
                 const std::vector<rule_document>& documents, api::gateway* engine);

} // namespace laurel::topology::cli
