#include "state/condition_text.hpp"

#include <array>
#include <string_view>
#include <utility>

namespace laurel::state {

using rules::number_node;

namespace {

constexpr std::array<std::string_view, 10> kinds{
  "count", "sum", "distinct", "average", "least", "greatest", "first", "last", "", "sequence"};
constexpr std::array<std::string_view, 5> units{"day", "week", "month", "quarter", "year"};

std::string unit_text(rules::calendar_unit unit) {
  return std::string(units[static_cast<std::size_t>(unit)]);
}

std::string window_text(const rules::leaf& leaf) {
  switch (leaf.window) {
  case rules::window_kind::calendar:
    return " this " + unit_text(leaf.unit);
  case rules::window_kind::last:
    return " in the last " + duration_text(leaf.last_ms);
  default:
    return {};
  }
}

} // namespace

std::string types_text(const rules::compiled_rule& rule, const rules::leaf& leaf) {
  std::string out;
  for (std::size_t i = 0; i < rule.on.size(); ++i) {
    if ((leaf.types >> i & 1U) != 0)
      out += (out.empty() ? "" : ", ") + rule.on[i].name;
  }
  return out;
}

std::string text_of(const rules::compiled_rule& rule, const rules::leaf& leaf) {
  const auto types = types_text(rule, leaf);
  auto out = leaf.kind == rules::leaf_kind::streak
               ? unit_text(leaf.unit) + "s in a row"
               : std::string(kinds[static_cast<std::size_t>(leaf.kind)]);
  return out + (types.empty() ? "" : " of " + types) + window_text(leaf);
}

std::string number_text(const rules::compiled_rule& rule, std::size_t index) {
  const auto& node = rule.when.numbers[index];
  const auto both = [&](std::string_view open, std::string_view between, std::string_view close) {
    return std::string(open) + number_text(rule, node.left) + std::string(between)
           + number_text(rule, node.right) + std::string(close);
  };
  switch (node.what) {
  case number_node::kind::constant:
    return node.constant.text();
  case number_node::kind::leaf:
    return text_of(rule, rule.leaves[node.left]);
  case number_node::kind::add:
    return both("", " + ", "");
  case number_node::kind::subtract:
    return both("", " - ", "");
  case number_node::kind::multiply:
    return both("(", ") * (", ")");
  default:
    return both("(", ") / (", ")");
  }
}

std::string text_of(const rules::holding_query& query) {
  return (query.is_group ? "badges of " : "badge ") + query.name
         + (query.ever ? " at any time" : " held");
}

std::string duration_text(std::int64_t ms) {
  constexpr std::array<std::pair<std::int64_t, std::string_view>, 4> scales{
    {{86'400'000, "day"}, {3'600'000, "hour"}, {60'000, "minute"}, {1'000, "second"}}};
  for (const auto& scale : scales) {
    if (ms >= scale.first && ms % scale.first == 0) {
      const auto many = ms / scale.first;
      return std::to_string(many) + " " + std::string(scale.second) + (many == 1 ? "" : "s");
    }
  }
  return std::to_string(ms) + " ms";
}

} // namespace laurel::state
