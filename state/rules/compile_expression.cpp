#include "state/rules/compile_expression.hpp"

#include "state/rules/rule_limits.hpp"

#include <algorithm>
#include <array>
#include <limits>

namespace laurel::state::rules {

namespace {

using kind = expression_node::kind;

/// An operator: how many operands it takes.
struct operation {
  std::string_view name;
  kind what;
  std::size_t operands_min;
  std::size_t operands_max;
};

constexpr std::size_t many = 64;
constexpr std::array<operation, 14> operations{{
  {"==", kind::equal, 2, 2},
  {"!=", kind::not_equal, 2, 2},
  {"<", kind::less, 2, 2},
  {"<=", kind::less_equal, 2, 2},
  {">", kind::greater, 2, 2},
  {">=", kind::greater_equal, 2, 2},
  {"and", kind::all, 1, many},
  {"or", kind::any, 1, many},
  {"!", kind::negate, 1, 1},
  {"in", kind::in, 2, 2},
  {"+", kind::add, 1, many},
  {"-", kind::subtract, 1, 2},
  {"*", kind::multiply, 1, many},
  {"/", kind::divide, 2, 2},
}};
constexpr auto known_operators = "var, ==, !=, <, <=, >, >=, and, or, !, in, +, -, *, /";

struct variable {
  std::string_view name;
  kind what;
};
constexpr std::array<variable, 7> variables{{
  {"event.type", kind::type},
  {"event.amount", kind::amount},
  {"event.currency", kind::currency},
  {"local.hour", kind::hour},
  {"local.dow", kind::day_of_week},
  {"local.date", kind::date},
  {"local.month", kind::month},
}};

class expression_compiler {
public:
  explicit expression_compiler(compile_context& context) : context_(context) {}

  /// Appends the nodes of `where`, children first; the index of its own node.
  std::uint16_t compile(const place& where, std::size_t depth) {
    if (depth > expression_depth_max) {
      context_.faults.add(where, "an expression may be nested "
                                   + std::to_string(expression_depth_max) + " deep");
      return 0;
    }
    if (!context_.spend(where))
      return 0;
    if (where.at.is_object())
      return compile_operator(where, depth);
    return compile_literal(where);
  }

  expression take() { return std::move(out_); }

private:
  std::uint16_t append(expression_node node) {
    out_.nodes.push_back(std::move(node));
    return static_cast<std::uint16_t>(out_.nodes.size() - 1);
  }

  std::uint16_t compile_literal(const place& where) {
    expression_node node;
    if (where.at.is_boolean()) {
      node.literal = where.at.get<bool>();
    } else if (where.at.is_string()) {
      node.text = where.at.get<std::string>();
      node.literal = std::string_view{};
    } else if (where.at.is_number()) {
      if (const auto number = exact_number(where, context_))
        node.literal = *number;
    } else if (!where.at.is_null()) {
      context_.faults.add(where, "a list may only be the second operand of \"in\"");
    }
    return append(std::move(node));
  }

  std::uint16_t compile_operator(const place& where, std::size_t depth) {
    if (where.at.size() != 1) {
      context_.faults.add(where, "an expression is an object of exactly one operator");
      return 0;
    }
    const auto& name = where.at.begin().key();
    const place operands{where.at.begin().value(), where.path + "/" + escaped_step(name)};
    if (name == "var")
      return compile_variable(operands);
    const auto* found = std::find_if(operations.begin(), operations.end(),
                                     [&](const operation& one) { return one.name == name; });
    if (found == operations.end()) {
      context_.faults.add(operands,
                          "unknown operator " + in_quotes(name) + "; one of " + known_operators);
      return 0;
    }
    return compile_operands(*found, operands, depth);
  }

  std::uint16_t compile_operands(const operation& op, const place& operands, std::size_t depth) {
    expression_node node;
    node.what = op.what;
    if (!operands.at.is_array()) { // JsonLogic lets a single operand stand without brackets.
      if (op.operands_min > 1) {
        context_.faults.add(operands, "needs a list of operands");
        return 0;
      }
      node.children.push_back(compile(operands, depth + 1));
      return append(std::move(node));
    }
    if (operands.at.size() < op.operands_min || operands.at.size() > op.operands_max) {
      context_.faults.add(operands, "takes " + std::to_string(op.operands_min) + " to "
                                      + std::to_string(op.operands_max) + " operands");
      return 0;
    }
    if (op.what == kind::in && operands.at[1].is_array())
      return compile_membership(std::move(node), operands, depth);
    for (std::size_t i = 0; i < operands.at.size(); ++i)
      node.children.push_back(compile(operands.element(i), depth + 1));
    return append(std::move(node));
  }

  /// {"in": [needle, [a, b]]}: the list's elements become operands. A list of one is padded, so
  /// that it is not taken for a search in a text.
  std::uint16_t compile_membership(expression_node node, const place& operands, std::size_t depth) {
    node.children.push_back(compile(operands.element(0), depth + 1));
    const auto list = operands.element(1);
    if (list.at.empty() || list.at.size() > many) {
      context_.faults.add(list, "a list has 1 to " + std::to_string(many) + " elements");
      return 0;
    }
    for (std::size_t i = 0; i < list.at.size(); ++i)
      node.children.push_back(compile(list.element(i), depth + 1));
    if (node.children.size() == 2)
      node.children.push_back(node.children[1]);
    return append(std::move(node));
  }

  std::uint16_t compile_variable(const place& where) {
    expression_node node;
    if (!where.at.is_string()) {
      context_.faults.add(where, "the name of a variable is text, such as \"event.post.id\"");
      return 0;
    }
    const auto name = where.at.get<std::string>();
    const auto* found = std::find_if(variables.begin(), variables.end(),
                                     [&](const variable& one) { return one.name == name; });
    if (found != variables.end()) {
      node.what = found->what;
      return append(std::move(node));
    }
    if (name.rfind("user.", 0) == 0) {
      context_.faults.add(where, "user attributes are not available yet");
      return 0;
    }
    if (name.rfind("event.", 0) != 0) {
      context_.faults.add(where, "unknown variable " + in_quotes(name)
                                   + "; event.<path>, local.hour, local.dow, local.date or "
                                     "local.month");
      return 0;
    }
    node.what = kind::attribute;
    node.path = use_path(where, name.substr(std::string_view("event.").size()), context_);
    return append(std::move(node));
  }

  compile_context& context_;
  expression out_;
};

} // namespace

bool compile_context::spend(const place& where) {
  if (++nodes == nodes_max + 1)
    faults.add(where, "a rule may have " + std::to_string(nodes_max)
                        + " conditions, numbers and expression steps");
  return nodes <= nodes_max;
}

expression compile_expression(const place& where, compile_context& context) {
  expression_compiler compiler(context);
  compiler.compile(where, 1);
  return compiler.take();
}

bool reads_amount(const expression& expr) {
  return std::any_of(expr.nodes.begin(), expr.nodes.end(),
                     [](const expression_node& node) { return node.what == kind::amount; });
}

std::uint32_t use_path(const place& where, const std::string& path, compile_context& context) {
  const bool well_formed = !path.empty() && path.size() <= name_bytes_max && path.front() != '.'
                           && path.back() != '.' && path.find("..") == std::string::npos;
  if (!well_formed) {
    context.faults.add(where, "an attribute path is names joined by dots, such as \"post.id\", of "
                              "at most "
                                + std::to_string(name_bytes_max) + " bytes");
    return 0;
  }
  context.paths.insert(path);
  return name_hash(path);
}

std::optional<schemas::decimal> exact_number(const place& where, compile_context& context) {
  const auto fail = [&]() -> std::optional<schemas::decimal> {
    context.faults.add(where, "a number has at most nine decimal places and 20 digits before them; "
                              "write it as a number or as text, such as \"12.50\"");
    return std::nullopt;
  };
  const auto& at = where.at;
  if (at.is_number_unsigned() && at.get<std::uint64_t>() > std::uint64_t{1} << 62U)
    return fail();
  if (at.is_number_integer())
    return schemas::decimal::from_integer(at.get<std::int64_t>());
  const auto number =
    at.is_number_float() ? schemas::decimal::from_double(at.get<double>())
    : at.is_string()
      ? schemas::decimal::parse(at.get<std::string>())
      : schemas::result<schemas::decimal>(schemas::failure(schemas::errc::bad_input, ""));
  return number ? std::optional(*number) : fail();
}

} // namespace laurel::state::rules
