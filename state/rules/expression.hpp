#pragma once

#include "schemas/decimal.hpp"
#include "schemas/event.hpp"
#include "state/rules/fact.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace laurel::state::rules {

struct compiled_rule;

/// A step of an expression. Children lie before their parent; the last node is the root.
struct expression_node {
  enum class kind : std::uint8_t {
    literal,
    attribute,
    amount,
    currency,
    type,
    hour,
    day_of_week,
    date,
    month,
    equal,
    not_equal,
    less,
    less_equal,
    greater,
    greater_equal,
    all,
    any,
    negate,
    in,
    add,
    subtract,
    multiply,
    divide,
  };
  kind what = kind::literal;
  std::uint32_t path = 0; // attribute
  schemas::value literal; // Text lies in `text`.
  std::string text;
  std::vector<std::uint16_t> children;
};

/// A strict subset of JsonLogic over one event. Empty means "not given".
struct expression {
  std::vector<expression_node> nodes;

  bool empty() const { return nodes.empty(); }
};

/// What an expression may look at.
struct scope {
  const fact& event;
  const compiled_rule& rule;
  std::optional<schemas::money> amount; // What is left of the event's amount.
  mutable std::string date{};           // Holds the text of `local.date` while it is looked at.
};

/// Evaluates `expr`; no value where something it needs is missing or of the wrong kind. Text in
/// the value lives as long as the expression, the event and the scope.
schemas::value evaluate(const expression& expr, const scope& in);

/// Every value of `expr`: all elements if it is an attribute that is an array. For `distinct`.
void evaluate_all(const expression& expr, const scope& in,
                  boost::container::small_vector_base<schemas::value>& out);

/// Whether `expr` holds; an empty one always does.
bool holds(const expression& expr, const scope& in);

} // namespace laurel::state::rules
