#include "state/rules/fill_template.hpp"

#include "schemas/base/check.hpp"
#include "schemas/base/text.hpp"
#include "state/rules/document_layout.hpp"
#include "state/rules/rule_book.hpp"
#include "state/rules/rule_document.hpp"
#include "state/rules/rule_limits.hpp"

#include <algorithm>
#include <cctype>
#include <map>

namespace laurel::state::rules {

namespace {

using ordered = nlohmann::ordered_json;

constexpr std::string_view opens = "{{";
constexpr std::string_view closes = "}}";

/// Fills one template; a function a step.
class filler {
public:
  explicit filler(const rule_template& from) : from_(from) {}

  /// Takes the values, in the order of the template: a default may name those before it.
  void take(const std::vector<std::pair<std::string, std::string>>& values) {
    for (const auto& parameter : from_.parameters) {
      const auto given =
        std::ranges::find(values, parameter.name, [](const auto& v) { return v.first; });
      if (given != values.end())
        check(parameter, texts_[parameter.name] = given->second);
      else if (parameter.preset)
        texts_[parameter.name] = filled(*parameter.preset);
    }
  }

  void build(const std::optional<std::string>& id) {
    if (id && !schemas::is_utf8(*id))
      return faults_.push_back({"id", "must be UTF-8"});
    auto rule = ordered::parse(from_.rule);
    rule["id"] = id ? *id : as_id(filled(rule.at("id").get<std::string>()));
    places_["/id"] = "id";
    document_ = *expanded(rule, "");
    for (const auto& fault : compile_rule(document_.dump()).faults)
      faults_.push_back(told(fault));
  }

  std::vector<template_fault>& faults() { return faults_; }
  std::string document() const { return laid_out(document_); }

private:
  void check(const template_parameter& parameter, const std::string& text) {
    const auto complain = [&](std::string message) {
      faults_.push_back({parameter.name, std::move(message)});
    };
    const auto is_number =
      parameter.kind == parameter_kind::integer || parameter.kind == parameter_kind::decimal;
    if (is_number && !is_in_range(parameter, text))
      complain(in_quotes(text) + " is not a " + parameter.range());
    else if (parameter.kind == parameter_kind::choice
             && std::ranges::find(parameter.choices, text) == parameter.choices.end())
      complain(in_quotes(text) + " is not " + parameter.range());
    else if (!schemas::is_utf8(text))
      complain("must be UTF-8");
    else if (text.empty() || text.size() > name_bytes_max)
      complain("must be text of 1 to " + std::to_string(name_bytes_max) + " bytes");
  }

  static bool is_in_range(const template_parameter& parameter, const std::string& text) {
    const auto number = schemas::decimal::parse(text);
    const bool is_whole =
      std::ranges::all_of(text, [](unsigned char c) { return std::isdigit(c) != 0; });
    return number && (parameter.kind != parameter_kind::integer || is_whole)
           && *number >= parameter.min.value_or(*number)
           && *number <= parameter.max.value_or(*number);
  }

  /// `text` with values in place of what it names; values are not looked into.
  std::string filled(const std::string& text) const {
    std::string out;
    std::size_t done = 0;
    for (auto at = text.find(opens); at != text.npos; at = text.find(opens, done)) {
      const auto end = text.find(closes, at);
      out += text.substr(done, at - done);
      out += texts_.at(text.substr(at + opens.size(), end - at - opens.size()));
      done = end + closes.size();
    }
    return out + text.substr(done);
  }

  /// What an id may not have becomes "-".
  static std::string as_id(std::string text) {
    std::ranges::replace_if(
      text,
      [](unsigned char c) { return std::isalnum(c) == 0 && c != '-' && c != '_' && c != '.'; },
      '-');
    return text;
  }

  /// The parameter that the whole of `text` is; null if it is not one.
  const template_parameter* whole(const std::string& text) const {
    if (!text.starts_with(opens) || text.find(closes) != text.size() - closes.size())
      return nullptr;
    return from_.find(text.substr(opens.size(), text.size() - opens.size() - closes.size()));
  }

  /// The first parameter that `text` names; empty if it names none.
  static std::string named_in(const std::string& text) {
    const auto at = text.find(opens);
    if (at == text.npos)
      return {};
    return text.substr(at + opens.size(), text.find(closes, at) - at - opens.size());
  }

  ordered expanded_text(const std::string& text, const std::string& path) {
    if (const auto name = named_in(text); !name.empty())
      places_[path] = name;
    const auto* parameter = whole(text);
    if (parameter != nullptr && parameter->kind == parameter_kind::integer)
      return ordered::parse(texts_.at(parameter->name));
    return filled(text);
  }

  /// Nothing where it is to be left out.
  std::optional<ordered> expanded(const ordered& from, const std::string& path) {
    if (from.is_string())
      return expanded_text(from.get<std::string>(), path);
    if (from.is_object() && from.contains("$if")) {
      const auto* branch = texts_.contains(from.at("$if").get<std::string>()) ? "$then" : "$else";
      return from.contains(branch) ? expanded(from.at(branch), path) : std::nullopt;
    }
    if (from.is_object())
      return expanded_members(from, path);
    return from.is_array() ? expanded_elements(from, path) : from;
  }

  ordered expanded_members(const ordered& from, const std::string& path) {
    auto out = ordered::object();
    for (const auto& [name, member] : from.items())
      if (auto kept = expanded(member, path + "/" + escaped_step(name)))
        out[name] = std::move(*kept);
    return out;
  }

  ordered expanded_elements(const ordered& from, const std::string& path) {
    auto out = ordered::array();
    for (const auto& element : from)
      if (auto kept = expanded(element, path + "/" + std::to_string(out.size())))
        out.push_back(std::move(*kept));
    return out;
  }

  /// The compiler's word, said of the parameter whose value stands there.
  template_fault told(const rule_fault& fault) const {
    const auto place = places_.find(fault.path);
    if (place == places_.end())
      return {"", (fault.path.empty() ? "the rule" : fault.path) + ": " + fault.message};
    const auto text = texts_.find(place->second);
    return {place->second,
            (text == texts_.end() ? "" : in_quotes(text->second) + ": ") + fault.message};
  }

  const rule_template& from_;
  std::map<std::string, std::string> texts_;  // Parameter -> value, if it has one.
  std::map<std::string, std::string> places_; // Pointer into the rule -> parameter.
  ordered document_;
  std::vector<template_fault> faults_;
};

} // namespace

filled_template fill_template(const rule_template& from,
                              const std::vector<std::pair<std::string, std::string>>& values,
                              const std::optional<std::string>& id) {
  for (const auto& [name, text] : values)
    CHECK_ALWAYS(from.find(name) != nullptr);
  filler made(from);
  made.take(values);
  if (made.faults().empty())
    made.build(id);
  if (!made.faults().empty())
    return {{}, std::move(made.faults())};
  return {made.document(), {}};
}

} // namespace laurel::state::rules
