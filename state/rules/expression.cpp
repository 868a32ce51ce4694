#include "state/rules/expression.hpp"

#include "state/rules/calendar.hpp"
#include "state/rules/compiled_rule.hpp"

#include <xxhash.h>

#include <algorithm>

namespace laurel::state::rules {

using schemas::decimal;
using schemas::value;
using kind = expression_node::kind;

namespace {

/// JsonLogic's truth: true, a number but 0, a text but "".
bool is_true(const value& what) {
  if (const auto* flag = std::get_if<bool>(&what))
    return *flag;
  if (const auto* number = std::get_if<decimal>(&what))
    return *number != decimal{};
  if (const auto* text = std::get_if<std::string_view>(&what))
    return !text->empty();
  return false;
}

/// One evaluation of one expression: a walk over its nodes.
class walk {
public:
  walk(const expression& expr, const scope& in) : nodes_(expr.nodes), in_(in) {}

  value at(std::size_t index) const {
    const auto& node = nodes_[index];
    switch (node.what) {
    case kind::literal:
      return literal(node);
    case kind::attribute: {
      const auto* found = in_.event.find(node.path);
      return found != nullptr ? *found : value{};
    }
    case kind::amount:
      return in_.amount ? value{schemas::major_units(*in_.amount)} : value{};
    case kind::currency:
      return in_.event.amount ? value{in_.event.amount->unit.text()} : value{};
    case kind::type: {
      const auto type = in_.rule.type_index(in_.event.type);
      return type >= 0 ? value{std::string_view(in_.rule.on[static_cast<std::size_t>(type)].name)}
                       : value{};
    }
    case kind::hour:
    case kind::day_of_week:
    case kind::date:
    case kind::month:
      return local(node.what);
    case kind::all:
      return std::all_of(node.children.begin(), node.children.end(),
                         [this](auto child) { return is_true(at(child)); });
    case kind::any:
      return std::any_of(node.children.begin(), node.children.end(),
                         [this](auto child) { return is_true(at(child)); });
    case kind::negate:
      return !is_true(at(node.children[0]));
    case kind::in:
      return is_in(node);
    case kind::add:
    case kind::subtract:
    case kind::multiply:
    case kind::divide:
      return arithmetic(node);
    default:
      return compare(node);
    }
  }

private:
  static value literal(const expression_node& node) {
    if (std::holds_alternative<std::string_view>(node.literal))
      return std::string_view(node.text);
    return node.literal;
  }

  value local(kind what) const {
    const auto& rule = in_.rule;
    const auto offset = rule.zone ? rule.zone->offset_s(in_.event.at) : in_.event.offset_s;
    if (what == kind::hour) {
      constexpr std::int64_t ms_per_hour = 3'600'000;
      const auto midnight = std::int64_t{local_day(in_.event.at, offset, 0)} * ms_per_day;
      return decimal::from_integer((in_.event.at + offset * std::int64_t{1000} - midnight)
                                   / ms_per_hour);
    }
    const auto day = local_day(in_.event.at, offset, rule.day_start_ms);
    if (what == kind::day_of_week)
      return decimal::from_integer(day_of_week(day));
    if (what == kind::month)
      return decimal::from_integer(month_of(day));
    in_.date = date_text(day);
    return std::string_view(in_.date);
  }

  value compare(const expression_node& node) const {
    const auto left = at(node.children[0]);
    const auto right = at(node.children[1]);
    if (node.what == kind::equal)
      return left == right;
    if (node.what == kind::not_equal)
      return !(left == right);
    // An order there is only between two numbers or two texts; anything else does not hold.
    const bool comparable =
      left.index() == right.index()
      && (std::holds_alternative<decimal>(left) || std::holds_alternative<std::string_view>(left));
    if (!comparable)
      return false;
    switch (node.what) {
    case kind::less:
      return left < right;
    case kind::less_equal:
      return left <= right;
    case kind::greater:
      return left > right;
    default:
      return left >= right;
    }
  }

  /// {"in": [needle, [..]]}, {"in": [needle, text]} or {"in": [needle, attribute]}, where an
  /// attribute that is an array stands for its elements, on either side.
  value is_in(const expression_node& node) const {
    const auto holds_needle = [&](const value& needle) {
      if (std::holds_alternative<std::monostate>(needle))
        return false;
      if (node.children.size() == 2 && nodes_[node.children[1]].what == kind::literal)
        return is_part(needle, at(node.children[1]));
      for (std::size_t i = 1; i < node.children.size(); ++i) {
        if (any_value(node.children[i], [&](const value& one) { return one == needle; }))
          return true;
      }
      return false;
    };
    return any_value(node.children[0], holds_needle);
  }

  static bool is_part(const value& needle, const value& whole) {
    const auto* part = std::get_if<std::string_view>(&needle);
    const auto* text = std::get_if<std::string_view>(&whole);
    if (part == nullptr || text == nullptr)
      return needle == whole;
    return text->find(*part) != std::string_view::npos;
  }

  template <class Predicate>
  bool any_value(std::size_t index, const Predicate& predicate) const {
    const auto& node = nodes_[index];
    if (node.what != kind::attribute)
      return predicate(at(index));
    return std::any_of(
      in_.event.fields.begin(), in_.event.fields.end(),
      [&](const fact_field& field) { return field.path == node.path && predicate(field.what); });
  }

  value arithmetic(const expression_node& node) const {
    std::optional<decimal> sum;
    for (const auto child : node.children) {
      const auto next = at(child);
      const auto* number = std::get_if<decimal>(&next);
      if (number == nullptr)
        return {};
      sum = sum ? combine(node.what, *sum, *number) : *number;
      if (!sum)
        return {};
    }
    if (node.children.size() == 1 && node.what == kind::subtract)
      sum = subtract(decimal{}, *sum);
    return sum ? value{*sum} : value{};
  }

  static std::optional<decimal> combine(kind what, decimal a, decimal b) {
    switch (what) {
    case kind::add:
      return add(a, b);
    case kind::subtract:
      return subtract(a, b);
    case kind::multiply:
      return multiply(a, b);
    default:
      return divide(a, b);
    }
  }

  const std::vector<expression_node>& nodes_;
  const scope& in_;
};

} // namespace

std::uint32_t name_hash(std::string_view name) {
  const auto hash = static_cast<std::uint32_t>(XXH3_64bits(name.data(), name.size()));
  return hash != 0 ? hash : 1;
}

value evaluate(const expression& expr, const scope& in) {
  return expr.empty() ? value{} : walk(expr, in).at(expr.nodes.size() - 1);
}

void evaluate_all(const expression& expr, const scope& in,
                  boost::container::small_vector_base<value>& out) {
  if (expr.empty())
    return;
  const auto& root = expr.nodes.back();
  if (root.what != kind::attribute) {
    out.push_back(evaluate(expr, in));
    return;
  }
  for (const auto& field : in.event.fields) {
    if (field.path == root.path)
      out.push_back(field.what);
  }
}

bool holds(const expression& expr, const scope& in) {
  return expr.empty() || is_true(evaluate(expr, in));
}

} // namespace laurel::state::rules
