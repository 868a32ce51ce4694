#include "state/rules/compile_leaf.hpp"
#include "state/rules/rule_limits.hpp"

namespace laurel::state::rules {

namespace {

/// {"agg": {...}, "ge": number}: what makes a unit count.
void compile_minimum(const place& where, const compiled_rule& rule, streak_terms& out,
                     compile_context& context) {
  if (!where.at.is_object() || !where.has("agg") || !where.has("ge")) {
    context.faults.add(where, "takes {\"agg\": {..}, \"ge\": number}: what each unit must come to");
    return;
  }
  context.faults.refuse_unknown(where, {"agg", "ge"});
  const auto aggregate = where.member("agg");
  if (aggregate.has("win"))
    context.faults.add(aggregate.member("win"), "the unit is the window; leave \"win\" out");
  if (auto made = compile_aggregate(aggregate, rule, context)) {
    const bool can_be_undone = made->kind == leaf_kind::count || made->kind == leaf_kind::sum
                               || made->kind == leaf_kind::distinct;
    if (!can_be_undone)
      context.faults.add(aggregate.member("f"), "one of count, sum, distinct");
    out.minimum = std::make_shared<const leaf>(std::move(*made));
  }
  const auto number = exact_number(where.member("ge"), context);
  if (number && *number <= schemas::decimal{})
    context.faults.add(where.member("ge"), "must be above 0");
  out.at_least = number.value_or(schemas::decimal{});
}

/// {"max": n, "event": type}: an event of the type buys one, and n can be in store.
void compile_freezes(const place& where, const compiled_rule& rule, streak_terms& out,
                     compile_context& context) {
  if (!where.at.is_object() || !where.has("max") || !where.has("event")) {
    context.faults.add(where, "takes {\"max\": n, \"event\": type}");
    return;
  }
  context.faults.refuse_unknown(where, {"max", "event"});
  const auto& most = where.at.at("max");
  const bool is_valid = most.is_number_integer() && most.get<std::int64_t>() >= 1
                        && most.get<std::int64_t>() <= freezes_max;
  if (is_valid)
    out.freezes_max = most.get<std::int64_t>();
  else
    context.faults.add(where.member("max"),
                       "must be a whole number from 1 to " + std::to_string(freezes_max));
  out.freeze_types = type_at(where.member("event"), rule, context);
}

} // namespace

std::optional<leaf> compile_streak(const place& where, const compiled_rule& rule,
                                   compile_context& context) {
  if (!where.at.is_object()) {
    context.faults.add(where, "a streak is an object such as {\"unit\": \"day\"}");
    return std::nullopt;
  }
  context.faults.refuse_unknown(where, {"unit", "on", "where", "min", "freezes", "mode"});
  if (!where.has("unit")) {
    context.faults.add(where, "needs \"unit\": day, week or month");
    return std::nullopt;
  }
  leaf out;
  out.kind = leaf_kind::streak;
  out.unit = calendar_unit_at(where.member("unit"), {"day", "week", "month"}, context)
               .value_or(calendar_unit::day);
  out.types = where.has("on") ? types_at(where.member("on"), rule, context) : all_types(rule);
  if (where.has("where"))
    out.where = compile_expression(where.member("where"), context);
  streak_terms terms;
  if (where.has("min"))
    compile_minimum(where.member("min"), rule, terms, context);
  if (where.has("freezes"))
    compile_freezes(where.member("freezes"), rule, terms, context);
  if (where.has("mode")) {
    const auto mode = text_at(where, "mode", context);
    terms.is_longest = mode == "longest";
    if (mode && *mode != "longest" && *mode != "current")
      context.faults.add(where.member("mode"), "one of current, longest");
  }
  auto given = where.at;
  if (!terms.is_longest)
    given["mode"] = "current";
  given["streak"] = true;
  out.canonical = canonical_leaf(given, out, rule);
  out.types &= ~terms.freeze_types;
  if (terms.minimum || terms.freezes_max > 0 || terms.is_longest)
    out.streak = std::make_shared<const streak_terms>(std::move(terms));
  return out;
}

} // namespace laurel::state::rules
