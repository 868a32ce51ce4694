#include "state/rules/compile_leaf.hpp"

#include "state/rules/rule_limits.hpp"

#include <algorithm>
#include <array>

namespace laurel::state::rules {

namespace {

constexpr std::int64_t ms_per_second = 1000;

bool is_one_of(const std::string& word, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

/// Text at `name`, or nothing with a fault.
std::optional<std::string> text_at(const place& object, const char* name,
                                   compile_context& context) {
  const auto where = object.member(name);
  if (where.at.is_string())
    return where.at.get<std::string>();
  context.faults.add(where, "must be text");
  return std::nullopt;
}

std::uint64_t all_types(const compiled_rule& rule) {
  return rule.on.size() >= types_max ? ~std::uint64_t{0} : (std::uint64_t{1} << rule.on.size()) - 1;
}

/// The mask of the types in an aggregate's `on`, each of which the rule's `on` must have.
std::uint64_t narrowed_types(const place& on, const compiled_rule& rule, compile_context& context) {
  std::uint64_t mask = 0;
  if (!on.at.is_array() || on.at.empty()) {
    context.faults.add(on, "must be a list of event types");
    return mask;
  }
  for (std::size_t i = 0; i < on.at.size(); ++i) {
    const auto where = on.element(i);
    const auto found = std::find_if(rule.on.begin(), rule.on.end(), [&](const consumed_type& type) {
      return where.at.is_string() && type.name == where.at.get<std::string>();
    });
    if (found == rule.on.end())
      context.faults.add(where, "is not among the rule's own \"on\"; add it there");
    else
      mask |= std::uint64_t{1} << (found - rule.on.begin());
  }
  return mask;
}

void compile_calendar(const place& where, leaf& out, compile_context& context) {
  constexpr std::array<std::string_view, 5> units{"day", "week", "month", "quarter", "year"};
  const auto found = where.at.is_string()
                       ? std::find(units.begin(), units.end(), where.at.get<std::string>())
                       : units.end();
  if (found == units.end()) {
    context.faults.add(where, "one of day, week, month, quarter, year");
    return;
  }
  out.window = window_kind::calendar;
  out.unit = static_cast<calendar_unit>(found - units.begin());
}

void compile_window(const place& where, leaf& out, compile_context& context) {
  if (!where.at.is_object() || where.at.size() != 1) {
    context.faults.add(where, "a window is {\"last\": \"P7D\"} or {\"cal\": \"month\"}");
    return;
  }
  context.faults.refuse_unknown(where, {"last", "cal"}, {"since", "from", "to", "for"});
  if (where.has("cal"))
    compile_calendar(where.member("cal"), out, context);
  if (!where.has("last"))
    return;
  const auto last = where.member("last");
  const auto ms = last.at.is_string() ? duration_ms(last.at.get<std::string>()) : std::nullopt;
  if (!ms || *ms <= 0 || *ms > last_window_days_max * ms_per_day) {
    context.faults.add(last, "must be an ISO 8601 duration of fixed length, such as \"P7D\" or "
                             "\"PT36H\", of at most "
                               + std::to_string(last_window_days_max)
                               + " days; months and years have no fixed length");
    return;
  }
  out.window = window_kind::last;
  out.last_ms = *ms;
}

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

/// The function of an aggregate; nothing with a fault.
std::optional<leaf_kind> function_of(const place& where, compile_context& context) {
  if (!where.has("f")) {
    context.faults.add(where, "needs \"f\": count, sum or distinct");
    return std::nullopt;
  }
  const auto name = text_at(where, "f", context);
  if (!name)
    return std::nullopt;
  if (*name == "count")
    return leaf_kind::count;
  if (*name == "sum")
    return leaf_kind::sum;
  if (*name == "distinct")
    return leaf_kind::distinct;
  const bool later = is_one_of(*name, {"min", "max", "avg", "first", "last"});
  context.faults.add(where.member("f"),
                     later ? *name + " is not available yet"
                           : "unknown function \"" + *name + "\"; one of count, sum, distinct");
  return std::nullopt;
}

/// What an aggregate is made of, with everything that may be left out written out, so that two
/// spellings of one aggregate are one leaf.
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

void check_operand(const place& where, const leaf& out, compile_context& context) {
  if (out.kind == leaf_kind::count && where.has("of"))
    context.faults.add(where.member("of"), "count takes no \"of\"; use \"where\" to choose events");
  if (out.kind != leaf_kind::count && !where.has("of"))
    context.faults.add(where, "needs \"of\": what to add up, such as {\"var\": \"event.amount\"}");
  if (out.kind == leaf_kind::sum && out.of_reads_amount && !where.has("currency"))
    context.faults.add(where, "a sum of the amount names its \"currency\", and leaves others out");
}

} // namespace

std::optional<std::int64_t> duration_ms(std::string_view text) {
  struct unit {
    char letter;
    bool in_time;
    std::int64_t ms;
  };
  constexpr std::array<unit, 5> units{{{'W', false, 7 * ms_per_day},
                                       {'D', false, ms_per_day},
                                       {'H', true, 3600 * ms_per_second},
                                       {'M', true, 60 * ms_per_second},
                                       {'S', true, ms_per_second}}};
  constexpr std::int64_t number_max = 1'000'000'000;
  if (text.empty() || text.front() != 'P')
    return std::nullopt;
  text.remove_prefix(1);
  std::int64_t total = 0;
  std::size_t next_unit = 0; // Units come in order, each at most once.
  bool in_time = false;
  bool any = false;
  while (!text.empty()) {
    if (text.front() == 'T' && !in_time) {
      in_time = true;
      text.remove_prefix(1);
      any = false; // Something must follow the T.
      continue;
    }
    std::int64_t number = 0;
    std::size_t digits = 0;
    while (digits < text.size() && text[digits] >= '0' && text[digits] <= '9'
           && number <= number_max)
      number = number * 10 + (text[digits++] - '0');
    if (digits == 0 || digits == text.size() || number > number_max)
      return std::nullopt;
    while (next_unit < units.size()
           && (units[next_unit].letter != text[digits] || units[next_unit].in_time != in_time))
      ++next_unit;
    if (next_unit == units.size())
      return std::nullopt;
    total += number * units[next_unit++].ms;
    any = true;
    text.remove_prefix(digits + 1);
  }
  return any ? std::optional(total) : std::nullopt;
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
  out.types = where.has("on") ? narrowed_types(where.member("on"), rule, context) : all_types(rule);
  if (where.has("of"))
    out.of = compile_expression(where.member("of"), context);
  if (where.has("where"))
    out.where = compile_expression(where.member("where"), context);
  if (where.has("win"))
    compile_window(where.member("win"), out, context);
  if (where.has("currency"))
    compile_currency(where.member("currency"), out, context);
  out.of_reads_amount = reads_amount(out.of);
  check_operand(where, out, context);
  out.canonical = canonical_leaf(where.at, out, rule);
  return out;
}

std::optional<leaf> compile_streak(const place& where, const compiled_rule& rule,
                                   compile_context& context) {
  if (!where.at.is_object()) {
    context.faults.add(where, "a streak is an object such as {\"unit\": \"day\"}");
    return std::nullopt;
  }
  context.faults.refuse_unknown(where, {"unit", "where", "mode"}, {"min", "freezes"});
  if (!where.has("unit")) {
    context.faults.add(where, "needs \"unit\": day");
    return std::nullopt;
  }
  if (const auto unit = text_at(where, "unit", context); unit && *unit != "day") {
    const bool later = is_one_of(*unit, {"week", "month"});
    context.faults.add(where.member("unit"),
                       later ? "a streak of " + *unit + "s is not available yet"
                             : "unknown unit " + in_quotes(*unit) + "; must be day");
  }
  if (where.has("mode")) {
    const auto mode = text_at(where, "mode", context);
    if (mode && *mode != "current")
      context.faults.add(where.member("mode"), *mode == "longest"
                                                 ? "longest is not available yet"
                                                 : "unknown mode; must be current");
  }
  leaf out;
  out.kind = leaf_kind::streak;
  out.types = all_types(rule);
  if (where.has("where"))
    out.where = compile_expression(where.member("where"), context);
  auto given = where.at;
  given["mode"] = "current";
  given["streak"] = true;
  out.canonical = canonical_leaf(given, out, rule);
  return out;
}

} // namespace laurel::state::rules
