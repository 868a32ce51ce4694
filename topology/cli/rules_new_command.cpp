#include "state/rules/fill_template.hpp"
#include "topology/cli/session.hpp"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <memory>

namespace laurel::topology::cli {

namespace {

using state::rules::rule_template;
using state::rules::rule_templates;
using json = nlohmann::ordered_json;

struct new_options {
  std::string name; // Of the template.
  std::vector<std::string> values;
  std::optional<std::string> id;
  bool is_listing = false;
  bool is_page = false;
};

using named_values = std::vector<std::pair<std::string, std::string>>;

std::string names_of_all() {
  std::string names;
  for (const auto& each : rule_templates())
    names += (names.empty() ? "" : ", ") + each.name;
  return names;
}

std::string parameters_of(const rule_template& from) {
  std::string names;
  for (const auto& parameter : from.parameters)
    names += (names.empty() ? "" : ", ") + parameter.name;
  return names;
}

json json_of(const rule_template& each) {
  auto parameters = json::array();
  for (const auto& parameter : each.parameters) {
    json one{{"name", parameter.name}, {"type", parameter.kind_name}};
    if (parameter.preset)
      one["default"] = *parameter.preset;
    if (parameter.min)
      one["min"] = parameter.min->text();
    if (parameter.max)
      one["max"] = parameter.max->text();
    if (!parameter.choices.empty())
      one["choices"] = parameter.choices;
    one["help"] = parameter.help;
    parameters.push_back(std::move(one));
  }
  return {{"template", each.name},
          {"title", each.title},
          {"description", each.description},
          {"parameters", std::move(parameters)}};
}

void print_template(session& with, const rule_template& each) {
  const bool colour = with.terminal().out_is_terminal && with.terminal().may_colour;
  auto& out = with.terminal().out;
  out << tinted(each.name, tint::bold, colour) << "  " << each.title << "\n";
  for (const auto& parameter : each.parameters)
    out << "  " << parameter.name
        << (parameter.preset ? "=" + *parameter.preset : std::string(" (left out)")) << "  "
        << tinted(parameter.help + ": " + parameter.range(), tint::grey, colour) << "\n";
}

int list(session& with, const rule_template* only) {
  auto all = json::array();
  for (const auto& each : rule_templates()) {
    if (only != nullptr && only != &each)
      continue;
    if (with.as_json)
      all.push_back(json_of(each));
    else
      print_template(with, each);
  }
  if (with.as_json)
    with.terminal().out << all.dump() << "\n";
  return exit_ok;
}

/// The values as (name, text), or nothing after a complaint.
std::optional<named_values> values_of(session& with, const rule_template& from,
                                      const std::vector<std::string>& texts) {
  named_values values;
  for (const auto& text : texts) {
    const auto mark = text.find('=');
    const auto name = text.substr(0, mark);
    std::string why;
    if (mark == text.npos)
      why = "--set takes NAME=VALUE, not \"" + printable(text) + "\"";
    else if (from.find(name) == nullptr)
      why =
        from.name + " has no parameter \"" + printable(name) + "\"; it has " + parameters_of(from);
    else if (std::ranges::find(values, name, [](const auto& v) { return v.first; }) != values.end())
      why = "--set " + name + " is given twice";
    if (!why.empty())
      return with.complain(exit_usage, why), std::nullopt;
    values.emplace_back(name, text.substr(mark + 1));
  }
  return values;
}

int fill(session& with, const rule_template& from, const new_options& options) {
  const auto values = values_of(with, from, options.values);
  if (!values)
    return exit_usage;
  const auto made = fill_template(from, *values, options.id);
  for (const auto& fault : made.faults)
    with.complain(exit_data,
                  (fault.parameter == "id"   ? "--id " + printable(options.id.value_or("")) + ": "
                   : fault.parameter.empty() ? from.name + ": "
                                             : "--set " + fault.parameter + ": ")
                    + fault.message);
  if (!made.faults.empty())
    return exit_data;
  with.terminal().out << made.document << "\n";
  return exit_ok;
}

int make_new(session& with, const new_options& options) {
  if (options.is_page)
    return with.terminal().out << state::rules::template_page(), exit_ok;
  const auto* from = state::rules::find_template(options.name);
  if (from == nullptr && !options.name.empty())
    return with.complain(exit_usage, "there is no template \"" + printable(options.name)
                                       + "\"; there are " + names_of_all());
  if (options.is_listing)
    return list(with, from);
  if (from == nullptr)
    return with.complain(exit_usage,
                         "say --template NAME, one of " + names_of_all() + "; or --list");
  return fill(with, *from, options);
}

} // namespace

void add_rules_new(CLI::App& group, session& with) {
  auto* command = group.add_subcommand("new", "Print a rule made from a template");
  auto options = std::make_shared<new_options>();
  command->add_option("--template", options->name, "Which template")->type_name("NAME");
  command->add_option("--set", options->values, "A parameter; may be given several times")
    ->type_name("NAME=VALUE")
    ->take_all()
    ->allow_extra_args(false);
  command->add_option("--id", options->id, "The id of the rule")->type_name("ID");
  command->add_flag("--list", options->is_listing, "Tell the templates and their parameters");
  command->add_flag("--print-page", options->is_page, "Print templates.md")->group("");
  with.add_json(*command);
  command->footer("With --json, --list prints JSON; a rule always is.\n"
                  "Example:\n  laurel rules new --template streak --set days=7 > streak.json");
  command->callback(
    [&with, options] { with.action = [&with, options] { return make_new(with, *options); }; });
}

} // namespace laurel::topology::cli
