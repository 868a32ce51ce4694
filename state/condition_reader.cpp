#include "state/condition_reader.hpp"

#include "state/holdings.hpp"

#include <algorithm>

namespace laurel::state {

using rules::condition_node;
using rules::number_node;
using schemas::decimal;

bool condition_reader::holds(std::size_t index) const {
  const auto& node = rule_.when.conditions[index];
  const auto holds_child = [this](auto child) { return holds(child); };
  switch (node.what) {
  case condition_node::kind::all:
    return std::all_of(node.children.begin(), node.children.end(), holds_child);
  case condition_node::kind::any:
    return std::any_of(node.children.begin(), node.children.end(), holds_child);
  case condition_node::kind::at_least:
    return std::count_if(node.children.begin(), node.children.end(), holds_child) >= node.left;
  case condition_node::kind::negate:
    return !holds(node.left);
  case condition_node::kind::holds: {
    const auto value = value_at(one_.leaf(node.left), rule_.leaves[node.left], now_);
    return value && *value > decimal{};
  }
  case condition_node::kind::has:
    return held(index) >= rule_.holdings[node.left].n;
  default:
    return compares(node.what, number(node.left), number(node.right));
  }
}

std::uint32_t condition_reader::held(std::size_t index) const {
  const auto& query = rule_.holdings[rule_.when.conditions[index].left];
  return holdings(user_, rule_, one_.key_text()).count(query, now_.at);
}

bool condition_reader::compares(condition_node::kind what, const std::optional<decimal>& left,
                                const std::optional<decimal>& right) {
  if (!left || !right)
    return false; // There is nothing to compare.
  switch (what) {
  case condition_node::kind::ge:
    return *left >= *right;
  case condition_node::kind::gt:
    return *left > *right;
  case condition_node::kind::le:
    return *left <= *right;
  case condition_node::kind::lt:
    return *left < *right;
  default:
    return *left == *right;
  }
}

std::optional<decimal> condition_reader::number(std::size_t index) const {
  const auto& node = rule_.when.numbers[index];
  if (node.what == number_node::kind::constant)
    return node.constant;
  if (node.what == number_node::kind::leaf)
    return value_at(one_.leaf(node.left), rule_.leaves[node.left], now_);
  const auto left = number(node.left);
  const auto right = number(node.right);
  if (!left || !right)
    return std::nullopt;
  switch (node.what) {
  case number_node::kind::add:
    return add(*left, *right);
  case number_node::kind::subtract:
    return subtract(*left, *right);
  case number_node::kind::multiply:
    return multiply(*left, *right);
  default:
    return divide(*left, *right);
  }
}

} // namespace laurel::state
