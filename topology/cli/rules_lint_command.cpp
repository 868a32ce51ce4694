#include "state/rule_lint.hpp"
#include "state/rules/compiled_rule.hpp"
#include "topology/cli/rule_input.hpp"
#include "topology/cli/session.hpp"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <chrono>
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

schemas::event_time now() {
  const auto since = std::chrono::system_clock::now().time_since_epoch();
  return {std::chrono::duration_cast<std::chrono::milliseconds>(since).count()};
}

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

/// What a rule grants or emits is there for the others.
void add_grants(const state::rules::compiled_rule& rule, state::lint_context& to) {
  if (!rule.badge.empty())
    to.badges.push_back(rule.badge);
  if (!rule.group.empty())
    to.groups.push_back(rule.group);
  if (rule.emits && to.types_seen)
    to.types_seen->insert(rule.emits->type);
}

bool add_active(session& with, state::lint_context& to, int& code) {
  const auto engine = with.open_gateway(code);
  if (engine == nullptr)
    return false;
  const auto rules = engine->rules();
  if (!rules) {
    code = with.complain(rules.error());
    return false;
  }
  for (const auto& rule : *rules) {
    const auto compiled = state::rules::compile_rule(rule.document).rule;
    if (rule.state == "active" && compiled != nullptr)
      add_grants(*compiled, to);
  }
  return true;
}

void print(session& with, const std::string& place, const std::string& rule_id,
           const state::lint_finding& found) {
  auto& out = with.terminal().out;
  const bool colour = with.terminal().out_is_terminal && with.terminal().may_colour;
  if (with.as_json) {
    out << json{{"rule_id", rule_id},
                {"level", found.is_note ? "note" : "warning"},
                {"code", found.code},
                {"path", found.path},
                {"message", found.message}}
             .dump(-1, ' ', false, json::error_handler_t::replace)
        << "\n";
    return;
  }
  out << place << ": "
      << (found.is_note ? tinted("note", tint::blue, colour)
                        : tinted("warning", tint::yellow, colour))
      << " " << found.code << ": " << printable(rule_id) << " " << found.path << ": "
      << printable(found.message) << "\n";
}

int lint_all(session& with, const std::string& file, const std::vector<rule_document>& documents,
             const std::vector<rule_ptr>& rules, const state::lint_context& context) {
  std::size_t warnings = 0;
  for (std::size_t i = 0; i < rules.size(); ++i) {
    for (const auto& found : state::lint(*rules[i], context)) {
      print(with, file + ":" + std::to_string(documents[i].line_of(found.path)), rules[i]->id,
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
  context.horizon = values->pipeline.horizon;
  context.now = now();
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
  if (options.with_active && !add_active(with, context, code))
    return code;
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
