#include "api/documents.hpp"
#include "api/rule_desk.hpp"
#include "state/rules/rule_book.hpp"
#include "topology/cli/rule_input.hpp"
#include "topology/cli/rule_life.hpp"
#include "topology/cli/rule_warnings.hpp"
#include "topology/cli/session.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <memory>

namespace laurel::topology::cli {

namespace {

int check(session& with, const std::string& file) {
  int code = exit_ok;
  const auto documents = read_rule_file(with, file, code);
  if (!documents)
    return code;
  if (!check_all(with, file, *documents))
    return exit_data;
  warn_of_all(with, file, *documents, nullptr);
  with.terminal().out << file << ": " << documents->size()
                      << (documents->size() == 1 ? " rule is" : " rules are") << " good.\n";
  return exit_ok;
}

schemas::result<api::publish_outcome> publish_one(api::gateway& engine, const std::string& document,
                                                  api::rule_stage as) {
  if (as == api::rule_stage::active)
    return engine.publish_rule(document);
  auto* desk = engine.rule_life();
  if (desk == nullptr)
    return schemas::failure(schemas::errc::refused, "rules cannot be tried here");
  return desk->publish(document, as);
}

/// Nothing is published unless all of the file is good.
int publish(session& with, const std::string& file, api::rule_stage as) {
  int code = exit_ok;
  const auto documents = read_rule_file(with, file, code);
  if (!documents)
    return code;
  if (!check_all(with, file, *documents))
    return with.complain(exit_data, "nothing was published");
  const auto engine = with.open_gateway(code);
  if (engine == nullptr)
    return code;
  warn_of_all(with, file, *documents, engine.get());
  for (const auto& document : *documents) {
    const auto outcome = publish_one(*engine, document.text, as);
    if (!outcome)
      return with.complain(outcome.error());
    print_faults(with, file, document, outcome->faults);
    if (!outcome->faults.empty())
      return exit_data;
    print_published(with, *outcome, as);
  }
  return exit_ok;
}

/// The "badge" or "name" of a document without understanding the rest of it.
std::string text_member(const api::rule_summary& rule, const char* name) {
  const auto start = rule.document.find("\"" + std::string(name) + "\":\"");
  if (start == rule.document.npos)
    return "";
  const auto from = start + std::string(name).size() + 4;
  return rule.document.substr(from, rule.document.find('"', from) - from);
}

int list(session& with) {
  int code = exit_ok;
  const auto engine = with.open_gateway(code);
  if (engine == nullptr)
    return code;
  const auto rules = engine->rules();
  if (!rules)
    return with.complain(rules.error());
  auto& out = with.terminal().out;
  if (with.as_json)
    return out << api::to_json(*rules) << "\n", exit_ok;
  if (rules->empty())
    return out << "No rules yet; publish some: laurel rules publish FILE\n", exit_ok;
  text_table table({"rule", "state", "version", "badge", "tried"});
  for (const auto& rule : *rules)
    table.add({printable(rule.id), rule.state, short_version(rule.version),
               printable(text_member(rule, "badge")), short_version(rule.shadow)});
  table.print(out, with.terminal().out_is_terminal && with.terminal().may_colour);
  return exit_ok;
}

int show(session& with, const std::string& id) {
  int code = exit_ok;
  const auto engine = with.open_gateway(code);
  if (engine == nullptr)
    return code;
  const auto rules = engine->rules();
  if (!rules)
    return with.complain(rules.error());
  const auto found = std::ranges::find(*rules, id, &api::rule_summary::id);
  if (found == rules->end())
    return with.complain(exit_no_input, "there is no rule \"" + id + "\"");
  if (with.as_json)
    return with.terminal().out << api::to_json(*found) << "\n", exit_ok;
  with.terminal().out << found->id << "  " << found->state << "  version " << found->version << "\n"
                      << api::indented(found->document) << "\n";
  return exit_ok;
}

int retire(session& with, const std::string& id) {
  int code = exit_ok;
  const auto engine = with.open_gateway(code);
  if (engine == nullptr)
    return code;
  if (const auto done = engine->retire_rule(id); !done)
    return with.complain(done.error());
  with.terminal().out << "retired " << id << "; who holds its badge keeps it\n";
  return exit_ok;
}

CLI::App* add_publish(CLI::App& group, session& with) {
  struct flags {
    std::string file;
    bool as_draft = false;
    bool as_shadow = false;
  };
  auto chosen = std::make_shared<flags>();
  auto* command =
    group.add_subcommand("publish", "Check the rules in a file and put them in force");
  command->add_option("FILE", chosen->file)->required();
  auto* draft = command->add_flag("--draft", chosen->as_draft, "Store them, and nothing else");
  command
    ->add_flag("--shadow", chosen->as_shadow,
               "Try them on live events beside what is in force: they grant nothing")
    ->excludes(draft);
  command->callback([&with, chosen] {
    with.action = [&with, chosen] {
      return publish(with, chosen->file,
                     chosen->as_draft    ? api::rule_stage::draft
                     : chosen->as_shadow ? api::rule_stage::shadow
                                         : api::rule_stage::active);
    };
  });
  command->footer("Nothing changes unless every rule of the file is good.\nExamples:\n"
                  "  laurel rules publish rules.json --embedded /var/lib/laurel\n"
                  "  laurel rules publish new.json --shadow; laurel rules trial explorer");
  return command;
}

} // namespace

void add_rules(CLI::App& root, session& with) {
  auto* group = root.add_subcommand("rules", "Make, check, publish and retire rules");
  group->require_subcommand(1);
  const auto add = [&](const char* name, const char* help, const char* argument,
                       int (*act)(session&, const std::string&)) {
    auto* command = group->add_subcommand(name, help);
    auto value = std::make_shared<std::string>();
    if (argument != nullptr)
      command->add_option(argument, *value)->required();
    command->callback(
      [&with, value, act] { with.action = [&with, value, act] { return act(with, *value); }; });
    return command;
  };
  add_rules_new(*group, with);
  add_rules_lint(*group, with);
  add("check", "Name every fault of the rules in a file", "FILE", check)
    ->footer(
      "FILE holds one rule, an array of rules, or one rule a line; \"-\" is standard "
      "input.\nWhat is allowed and hardly meant is told on stderr, and changes nothing; lint "
      "tells more.\nExample:\n  laurel rules check rules.json");
  auto* publication = add_publish(*group, with);
  auto* listing = add("list", "All rules", nullptr,
                      [](session& asked, const std::string&) { return list(asked); });
  listing->footer("Example:\n  laurel rules list --embedded /var/lib/laurel");
  auto* showing = add("show", "One rule", "ID", show);
  showing->footer("Example:\n  laurel rules show explorer --embedded /var/lib/laurel");
  auto* retirement = add("retire", "Take a rule out of force; its badges stay", "ID", retire);
  retirement->footer("Example:\n  laurel rules retire explorer --embedded /var/lib/laurel");
  add_rules_test(*group, with);
  add_rules_life(*group, with);
  for (auto* command : {publication, listing, showing, retirement})
    with.add_target(*command);
  for (auto* command : {publication, listing, showing})
    with.add_json(*command);
}

} // namespace laurel::topology::cli
