#include "state/rule_lint.hpp"
#include "state/rules/compiled_rule.hpp"
#include "topology/cli/rule_input.hpp"
#include "topology/cli/rule_warnings.hpp"
#include "topology/cli/session.hpp"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <fstream>
#include <memory>
#include <set>

namespace laurel::topology::cli {

namespace {

using json = nlohmann::ordered_json;
using rule_ptr = std::shared_ptr<const state::rules::compiled_rule>;

struct lint_options {
  std::string file;
  std::vector<std::string> events;
  bool with_active = false;
};

/// The types of the events in the files; nothing after a complaint.
std::optional<std::set<std::string>> types_in(session& with, const std::vector<std::string>& files,
                                              int& code) {
  std::set<std::string> types;
  for (const auto& file : files) {
    std::ifstream in(file);
    if (!in.is_open())
      return code = with.complain(exit_no_input, file + " cannot be read"), std::nullopt;
    for (std::string line; std::getline(in, line);) {
      const auto event = nlohmann::json::parse(line, nullptr, false);
      if (event.is_object() && event.contains("type") && event["type"].is_string())
        types.insert(event["type"].get<std::string>());
    }
  }
  return types;
}

int lint_all(session& with, const std::string& file, const std::vector<rule_document>& documents,
             const std::vector<rule_ptr>& rules, const state::lint_context& context) {
  std::size_t warnings = 0;
  for (std::size_t i = 0; i < rules.size(); ++i) {
    for (const auto& found : state::lint(*rules[i], context)) {
      print_finding(with, with.terminal().out,
                    {file + ":" + std::to_string(documents[i].line_of(found.path)), rules[i]->id},
                    found);
      warnings += found.is_note ? 0U : 1U;
    }
  }
  if (!with.as_json)
    with.terminal().out << file << ": " << rules.size()
                        << (rules.size() == 1 ? " rule, " : " rules, ") << warnings
                        << (warnings == 1 ? " warning.\n" : " warnings.\n");
  return warnings == 0 ? exit_ok : exit_data;
}

int lint(session& with, const lint_options& options) {
  int code = exit_ok;
  const auto values = with.settings_or_complain();
  if (!values)
    return exit_config;
  const auto documents = read_rule_file(with, options.file, code);
  if (!documents)
    return code;
  if (!check_all(with, options.file, *documents))
    return exit_data;
  state::lint_context context;
  context.are_grants_known = true;
  context.horizon = values->pipeline.horizon;
  context.now = wall_clock();
  if (!options.events.empty()) {
    context.types_seen = types_in(with, options.events, code);
    if (!context.types_seen)
      return code;
  }
  std::vector<rule_ptr> rules;
  for (const auto& document : *documents)
    rules.push_back(state::rules::compile_rule(document.text).rule);
  for (const auto& rule : rules)
    add_grants(*rule, context);
  if (options.with_active) {
    const auto engine = with.open_gateway(code);
    if (engine == nullptr)
      return code;
    if (const auto added = add_grants_in_force(*engine, context); !added)
      return with.complain(added.error());
  }
  return lint_all(with, options.file, *documents, rules, context);
}

} // namespace

void add_rules_lint(CLI::App& group, session& with) {
  auto options = std::make_shared<lint_options>();
  auto* command = group.add_subcommand("lint", "Name what is allowed in rules and hardly meant");
  command->add_option("FILE", options->file, "The rules")->required();
  command->add_option("--events", options->events, "NDJSON of events: which types there are")
    ->type_name("FILE...");
  command->add_flag("--with-active", options->with_active,
                    "Know the badges that rules in force grant");
  with.add_target(*command);
  with.add_json(*command);
  command->footer("Ends with 65 if there is a warning; a note is none.\nExamples:\n"
                  "  laurel rules lint new.json\n"
                  "  laurel rules lint new.json --events january.ndjson --with-active");
  command->callback(
    [&with, options] { with.action = [&with, options] { return lint(with, *options); }; });
}

} // namespace laurel::topology::cli
