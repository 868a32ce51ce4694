#include "state/rules/compile_leaf.hpp"

#include "state/rules/compile_window.hpp"

#include <algorithm>
#include <array>

namespace laurel::state::rules {

namespace {

void compile_currency(const place& where, leaf& out, compile_context& context) {
  const auto code = where.at.is_string() ? where.at.get<std::string>() : std::string();
  if (!schemas::minor_exponent(code)) {
    context.faults.add(where, "must be an ISO 4217 code such as \"EUR\"");
    return;
  }
  schemas::currency unit;
  std::copy_n(code.begin(), unit.code.size(), unit.code.begin());
  out.currency = unit;
}

struct function_name {
  std::string_view name;
  leaf_kind kind;
};
constexpr std::array<function_name, 8> functions{{{"count", leaf_kind::count},
                                                  {"sum", leaf_kind::sum},
                                                  {"distinct", leaf_kind::distinct},
                                                  {"min", leaf_kind::min},
                                                  {"max", leaf_kind::max},
                                                  {"avg", leaf_kind::average},
                                                  {"first", leaf_kind::first},
                                                  {"last", leaf_kind::last}}};
constexpr auto known_functions = "count, sum, distinct, min, max, avg, first, last";

/// The function of an aggregate; nothing with a fault.
std::optional<leaf_kind> function_of(const place& where, compile_context& context) {
  if (!where.has("f")) {
    context.faults.add(where, std::string("needs \"f\": one of ") + known_functions);
    return std::nullopt;
  }
  const auto name = text_at(where, "f", context);
  if (!name)
    return std::nullopt;
  const auto* found = std::find_if(functions.begin(), functions.end(),
                                   [&](const function_name& one) { return one.name == *name; });
  if (found != functions.end())
    return found->kind;
  context.faults.add(where.member("f"),
                     "unknown function " + in_quotes(*name) + "; one of " + known_functions);
  return std::nullopt;
}

bool is_numeric(leaf_kind kind) {
  return kind != leaf_kind::count && kind != leaf_kind::distinct && kind != leaf_kind::streak;
}

bool is_extreme(leaf_kind kind) {
  return kind == leaf_kind::min || kind == leaf_kind::max || kind == leaf_kind::first
         || kind == leaf_kind::last;
}

void check_operand(const place& where, const leaf& out, compile_context& context) {
  if (out.kind == leaf_kind::count && where.has("of"))
    context.faults.add(where.member("of"), "count takes no \"of\"; use \"where\" to choose events");
  if (out.kind != leaf_kind::count && !where.has("of"))
    context.faults.add(where, "needs \"of\": what to look at, such as {\"var\": \"event.amount\"}");
  if (is_numeric(out.kind) && out.of_reads_amount && !where.has("currency"))
    context.faults.add(where,
                       "what reads the amount names its \"currency\", and leaves others out");
}

} // namespace

std::string canonical_leaf(const json& given, const leaf& out, const compiled_rule& rule) {
  auto whole = given;
  auto types = json::array();
  for (std::size_t i = 0; i < rule.on.size(); ++i) {
    if ((out.types >> i & 1U) != 0)
      types.push_back(rule.on[i].name);
  }
  whole["on"] = std::move(types);
  return canonical_json(whole);
}

std::optional<leaf> compile_aggregate(const place& where, const compiled_rule& rule,
                                      compile_context& context) {
  if (!where.at.is_object()) {
    context.faults.add(where, "an aggregate is an object such as {\"f\": \"count\"}");
    return std::nullopt;
  }
  context.faults.refuse_unknown(where, {"f", "of", "where", "win", "on", "currency"});
  const auto kind = function_of(where, context);
  if (!kind)
    return std::nullopt;
  leaf out;
  out.kind = *kind;
  out.types = where.has("on") ? types_at(where.member("on"), rule, context) : all_types(rule);
  if (where.has("of"))
    out.of = compile_expression(where.member("of"), context);
  if (where.has("where"))
    out.where = compile_expression(where.member("where"), context);
  if (where.has("win"))
    compile_window(where.member("win"), rule, out, context);
  if (where.has("currency"))
    compile_currency(where.member("currency"), out, context);
  out.of_reads_amount = reads_amount(out.of);
  out.is_replayed =
    out.window == window_kind::since || (is_extreme(out.kind) && out.window != window_kind::last);
  check_operand(where, out, context);
  out.canonical = canonical_leaf(where.at, out, rule);
  return out;
}

} // namespace laurel::state::rules
