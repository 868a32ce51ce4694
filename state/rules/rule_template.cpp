#include "state/rules/rule_template.hpp"

#include "schemas/base/check.hpp"
#include "state/rules/fill_template.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>

// Compiled in, so that an installed program has them too, as one array. The assembler looks for the
// files where the compiler looks for headers: from the root of the sources.
__asm__(".pushsection .rodata\n"
        "laurel_rule_templates_begin:\n"
        ".ascii \"[\"\n"
        ".incbin \"state/rules/templates/nth_action.json\"\n"
        ".ascii \",\"\n"
        ".incbin \"state/rules/templates/streak.json\"\n"
        ".ascii \",\"\n"
        ".incbin \"state/rules/templates/spend_tier.json\"\n"
        ".ascii \",\"\n"
        ".incbin \"state/rules/templates/explorer.json\"\n"
        ".ascii \",\"\n"
        ".incbin \"state/rules/templates/early_bird.json\"\n"
        ".ascii \",\"\n"
        ".incbin \"state/rules/templates/series_complete.json\"\n"
        ".ascii \",\"\n"
        ".incbin \"state/rules/templates/loyalty_card.json\"\n"
        ".ascii \",\"\n"
        ".incbin \"state/rules/templates/comeback.json\"\n"
        ".ascii \"]\"\n"
        "laurel_rule_templates_end:\n"
        ".byte 0\n"
        ".global laurel_rule_templates_begin\n"
        ".global laurel_rule_templates_end\n"
        ".popsection\n");

extern "C" {
extern const char laurel_rule_templates_begin[];
extern const char laurel_rule_templates_end[];
}

namespace laurel::state::rules {

namespace {

using json = nlohmann::ordered_json; // A rule is printed with its members as the file has them.

struct kind_word {
  std::string_view name;
  std::string_view shown;
};
/// By `parameter_kind`.
constexpr std::array<kind_word, 10> kinds{{{"integer", "whole number"},
                                           {"decimal", "decimal number"},
                                           {"choice", "one of"},
                                           {"text", "text"},
                                           {"event", "event type"},
                                           {"path", "attribute path, such as post.id"},
                                           {"currency", "ISO 4217 code, such as EUR"},
                                           {"duration", "ISO 8601, such as P7D or PT36H"},
                                           {"zone", "user, or an IANA zone"},
                                           {"clock", "time of day, at most 12:59"}}};

std::optional<schemas::decimal> bound_of(const json& from, const char* name) {
  if (!from.contains(name))
    return std::nullopt;
  const auto bound = schemas::decimal::parse(from.at(name).get<std::string>());
  CHECK_ALWAYS(bound.has_value());
  return *bound;
}

template_parameter parameter_of(const json& from) {
  template_parameter made;
  made.name = from.at("name");
  made.kind_name = from.at("type");
  const auto kind = std::ranges::find(kinds, made.kind_name, &kind_word::name);
  CHECK_ALWAYS(kind != kinds.end());
  made.kind = static_cast<parameter_kind>(kind - kinds.begin());
  if (from.contains("default"))
    made.preset = from.at("default").get<std::string>();
  made.min = bound_of(from, "min");
  made.max = bound_of(from, "max");
  if (from.contains("choices"))
    made.choices = from.at("choices").get<std::vector<std::string>>();
  made.help = from.at("help");
  return made;
}

std::vector<rule_template> read_templates() {
  std::vector<rule_template> all;
  for (const auto& from : json::parse(laurel_rule_templates_begin, laurel_rule_templates_end)) {
    rule_template made{from.at("template"), from.at("title"), from.at("description"), {}, {}};
    for (const auto& parameter : from.at("parameters"))
      made.parameters.push_back(parameter_of(parameter));
    made.rule = from.at("rule").dump();
    all.push_back(std::move(made));
  }
  return all;
}

std::string code(const std::string& text) {
  return text.empty() ? "" : "`" + text + "`";
}

std::string section_of(const rule_template& each) {
  std::string text = "\n## " + each.name + "\n\n" + each.title + ". " + each.description + "\n\n"
                     + "| parameter | default | takes | what |\n|---|---|---|---|\n";
  for (const auto& parameter : each.parameters)
    text += "| `" + parameter.name + "` | " + code(parameter.preset.value_or("")) + " | "
            + parameter.range() + " | " + parameter.help + " |\n";
  text += "\nWith all defaults:\n\n";
  auto rule = fill_template(each, {}, std::nullopt).document;
  for (std::size_t begin = 0; begin < rule.size();) {
    const auto end = std::min(rule.find('\n', begin), rule.size());
    text += "    " + rule.substr(begin, end - begin) + "\n";
    begin = end + 1;
  }
  return text;
}

} // namespace

std::string template_parameter::range() const {
  std::string text{kinds[static_cast<std::size_t>(kind)].shown};
  for (const auto& word : choices)
    text += (&word == &choices.front() ? " " : ", ") + word;
  if (min && max)
    text += ", " + min->text() + " to " + max->text();
  return text;
}

const template_parameter* rule_template::find(std::string_view parameter) const {
  const auto found = std::ranges::find(parameters, parameter, &template_parameter::name);
  return found == parameters.end() ? nullptr : &*found;
}

const std::vector<rule_template>& rule_templates() {
  static const auto all = read_templates();
  return all;
}

const rule_template* find_template(std::string_view name) {
  const auto& all = rule_templates();
  const auto found = std::ranges::find(all, name, &rule_template::name);
  return found == all.end() ? nullptr : &*found;
}

std::string template_page() {
  std::string page =
    "# Templates\n\n"
    "Rules with parameters, for the badges that most products begin with. This page is written "
    "from "
    "the files in\n`templates/` by `laurel rules new --print-page`; a test compares them.\n\n"
    "    laurel rules new --list\n"
    "    laurel rules new --template streak --set days=7 > streak.json\n"
    "    laurel rules check streak.json\n\n"
    "What is printed is a rule like any other: change it by hand as you like. A parameter without "
    "a "
    "default may be left out.\n\n"
    "| template | what |\n|---|---|\n";
  for (const auto& each : rule_templates())
    page += "| [`" + each.name + "`](#" + each.name + ") | " + each.title + " |\n";
  for (const auto& each : rule_templates())
    page += section_of(each);
  return page;
}

} // namespace laurel::state::rules
