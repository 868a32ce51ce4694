#include "topology/cli/rule_warnings.hpp"

#include "state/rules/compiled_rule.hpp"
#include "topology/cli/session.hpp"

#include <nlohmann/json.hpp>

#include <chrono>
#include <memory>
#include <ostream>

namespace laurel::topology::cli {

using json = nlohmann::ordered_json;

schemas::event_time wall_clock() {
  const auto since = std::chrono::system_clock::now().time_since_epoch();
  return {std::chrono::duration_cast<std::chrono::milliseconds>(since).count()};
}

void add_grants(const state::rules::compiled_rule& rule, state::lint_context& to) {
  if (!rule.badge.empty())
    to.badges.push_back(rule.badge);
  if (!rule.group.empty())
    to.groups.push_back(rule.group);
  if (rule.emits && to.types_seen)
    to.types_seen->insert(rule.emits->type);
}

schemas::result<void> add_grants_in_force(api::gateway& engine, state::lint_context& to) {
  const auto rules = engine.rules();
  if (!rules)
    return tl::unexpected(rules.error());
  for (const auto& rule : *rules) {
    const auto compiled = state::rules::compile_rule(rule.document).rule;
    if (rule.state == "active" && compiled != nullptr)
      add_grants(*compiled, to);
  }
  return {};
}

void print_finding(session& with, std::ostream& out, const finding_place& at,
                   const state::lint_finding& found) {
  if (with.as_json) {
    out << json{{"rule_id", at.rule_id},
                {"level", found.is_note ? "note" : "warning"},
                {"code", found.code},
                {"path", found.path},
                {"message", found.message}}
             .dump(-1, ' ', false, json::error_handler_t::replace)
        << "\n";
    return;
  }
  const auto& terminal = with.terminal();
  const bool is_terminal =
    &out == &terminal.err ? terminal.err_is_terminal : terminal.out_is_terminal;
  const bool colour = is_terminal && terminal.may_colour;
  out << at.where << ": "
      << (found.is_note ? tinted("note", tint::blue, colour)
                        : tinted("warning", tint::yellow, colour))
      << " " << found.code << ": " << printable(at.rule_id) << " " << found.path << ": "
      << printable(found.message) << "\n";
}

void warn_of_all(session& with, const std::string& file,
                 const std::vector<rule_document>& documents, api::gateway* engine) {
  std::vector<std::shared_ptr<const state::rules::compiled_rule>> rules;
  for (const auto& document : documents)
    rules.push_back(state::rules::compile_rule(document.text).rule);
  state::lint_context context;
  context.now = wall_clock();
  // An engine that cannot say what is in force does not keep anybody from publishing.
  context.are_grants_known = engine != nullptr && add_grants_in_force(*engine, context).has_value();
  for (const auto& rule : rules)
    add_grants(*rule, context);
  for (std::size_t i = 0; i < rules.size(); ++i) {
    for (const auto& found : state::lint(*rules[i], context)) {
      if (!found.is_note)
        print_finding(with, with.terminal().err,
                      {file + ":" + std::to_string(documents[i].line_of(found.path)), rules[i]->id},
                      found);
    }
  }
}

} // namespace laurel::topology::cli
