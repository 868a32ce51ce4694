#pragma once

#include "schemas/decimal.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace laurel::state::rules {

/// What a parameter takes. The last ones are text that the rule compiler judges.
enum class parameter_kind : std::uint8_t {
  integer,
  decimal,
  choice,
  text,
  event,
  path,
  currency,
  duration,
  zone,
  clock,
};

/// One parameter of a template, as its file says.
struct template_parameter {
  std::string name;
  parameter_kind kind = parameter_kind::text;
  std::string kind_name;
  std::optional<std::string> preset; // May hold {{others}} before it. None: may be left out.
  std::optional<schemas::decimal> min;
  std::optional<schemas::decimal> max;
  std::vector<std::string> choices;
  std::string help;

  /// What it takes, for people: "whole number, 2 to 3660".
  std::string range() const;
};

/// A rule with parameters in place of some of its parts: a file of templates/. Immutable.
struct rule_template {
  std::string name;
  std::string title;
  std::string description; // Markdown.
  std::vector<template_parameter> parameters;
  std::string rule; // JSON in which {{days}} stands for a parameter; see fill_template.hpp.

  /// Null if there is no such parameter.
  const template_parameter* find(std::string_view parameter) const;
};

/// All templates, in the order in which they are shown. Read the first time; safe from any thread.
const std::vector<rule_template>& rule_templates();

/// Null if there is no such template.
const rule_template* find_template(std::string_view name);

/// The templates as a Markdown page: what templates.md must be.
std::string template_page();

} // namespace laurel::state::rules
