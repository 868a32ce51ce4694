#pragma once

#include "state/rules/rule_template.hpp"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace laurel::state::rules {

/// A value that does not do: for which parameter ("id" is that of the rule; empty: of none), and
/// what it should have been.
struct template_fault {
  std::string parameter;
  std::string message;
};

/// A rule made from a template, laid out for people. Empty if there are faults.
struct filled_template {
  std::string document;
  std::vector<template_fault> faults;
};

/// Puts values in the place of parameters. `values` are (name, text), of parameters that the
/// template has, each once; the others have their defaults. `id` replaces the template's own. What
/// comes out compiles, or there are faults.
///
/// In the template's rule, a text that is `{{days}}` becomes the value: a number for an integer,
/// text for anything else. Within a longer text it becomes that text. `{"$if": "freezes", "$then":
/// A, "$else": B}` becomes A if the parameter has a value, else B; where that is missing too, the
/// member or element is left out.
filled_template fill_template(const rule_template& from,
                              const std::vector<std::pair<std::string, std::string>>& values,
                              const std::optional<std::string>& id);

} // namespace laurel::state::rules
