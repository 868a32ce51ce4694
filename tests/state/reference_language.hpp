#pragma once

#include "tests/state/story.hpp"

#include <nlohmann/json.hpp>

#include <string>
#include <vector>

/// The rule language as the reference evaluator reads it: straight from the JSON, without a
/// compiler.
namespace laurel::tests {

using nlohmann::json;

inline constexpr std::int64_t day_ms = 86'400'000;
std::int64_t floor_days(std::int64_t ms);

/// The first moment of a local day, found by trying minutes.
std::int64_t day_begin(std::int64_t day, const std::string& zone, std::int64_t day_start);

struct rule_text {
  json document;
  std::string id;
  bool maintained = false;
  std::string zone; // Empty: the event's own.
  std::int64_t day_start = 0;

  explicit rule_text(const std::string& text);
  bool reads(const std::string& type) const;
  std::string zone_of(const told& event) const { return zone.empty() ? event.zone : zone; }
  std::int64_t day_of(std::int64_t at, const std::string& in_zone) const;
};

std::vector<told_value> values_at(const told& event, const std::string& path);
std::vector<std::vector<std::string>> keys_of(const rule_text& rule, const told& event);

/// An expression's value as JSON, null where there is none.
json evaluate(const json& expression, const rule_text& rule, const told& event);

} // namespace laurel::tests
