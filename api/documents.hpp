#pragma once

#include "api/gateway.hpp"
#include "api/problem.hpp"

#include <string>
#include <string_view>
#include <vector>

/// The JSON documents that cross the control socket and HTTP, in both directions. The one place of
/// this layer that knows a JSON library.
namespace laurel::api {

/// The members of a problem+json answer.
struct problem_members {
  std::string type;
  std::string title;
  int status = 0;
  std::string detail;
  std::vector<problem_detail> errors;
};

std::string problem_document(const problem_members& members);
[[nodiscard]] schemas::result<problem_members> parse_problem(std::string_view json);

std::string to_json(const state::user_view& view);
std::string to_json(const status_report& report);
std::string to_json(const std::vector<rule_summary>& rules);
std::string to_json(const rule_summary& rule);
std::string to_json(const publish_outcome& outcome);
std::string to_json(const append_outcome& outcome);

/// The same document, indented for people; `json` itself if it is no JSON.
std::string indented(const std::string& json);

// Readers for our own client: they fail with `corrupt` on a document that is not ours.

[[nodiscard]] schemas::result<state::user_view> parse_user(std::string_view json);
[[nodiscard]] schemas::result<status_report> parse_status(std::string_view json);
[[nodiscard]] schemas::result<std::vector<rule_summary>> parse_rules(std::string_view json);
[[nodiscard]] schemas::result<publish_outcome> parse_publish(std::string_view json);
/// The faults that a problem answer to a publish lists, as an outcome without change.
[[nodiscard]] schemas::result<publish_outcome> parse_rule_faults(std::string_view problem);
[[nodiscard]] schemas::result<append_outcome> parse_append(std::string_view json);

} // namespace laurel::api
