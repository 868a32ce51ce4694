#include "state/rules/compile_parts.hpp"

#include "state/rules/rule_limits.hpp"

#include <algorithm>
#include <array>

namespace laurel::state::rules {

namespace {

constexpr std::int64_t ms_per_second = 1000;

} // namespace

bool is_one_of(const std::string& word, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

std::optional<std::string> text_at(const place& object, const char* name,
                                   compile_context& context) {
  const auto where = object.member(name);
  if (where.at.is_string())
    return where.at.get<std::string>();
  context.faults.add(where, "must be text");
  return std::nullopt;
}

std::optional<std::string> bounded_text_at(const place& where, std::size_t bytes_max,
                                           compile_context& context) {
  if (where.at.is_string()) {
    auto found = where.at.get<std::string>();
    if (!found.empty() && found.size() <= bytes_max)
      return found;
  }
  context.faults.add(where, "must be text of 1 to " + std::to_string(bytes_max) + " bytes");
  return std::nullopt;
}

std::uint64_t all_types(const compiled_rule& rule) {
  return rule.on.size() >= types_max ? ~std::uint64_t{0} : (std::uint64_t{1} << rule.on.size()) - 1;
}

std::uint64_t type_at(const place& where, const compiled_rule& rule, compile_context& context) {
  for (std::size_t i = 0; i < rule.on.size(); ++i) {
    if (where.at.is_string() && rule.on[i].name == where.at.get<std::string>())
      return std::uint64_t{1} << i;
  }
  context.faults.add(where, "is not among the rule's own \"on\"; add it there");
  return 0;
}

std::uint64_t types_at(const place& on, const compiled_rule& rule, compile_context& context) {
  std::uint64_t mask = 0;
  if (!on.at.is_array() || on.at.empty()) {
    context.faults.add(on, "must be a list of event types");
    return mask;
  }
  for (std::size_t i = 0; i < on.at.size(); ++i)
    mask |= type_at(on.element(i), rule, context);
  return mask;
}

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

std::optional<std::int64_t> duration_at(const place& where, compile_context& context) {
  const auto ms = where.at.is_string() ? duration_ms(where.at.get<std::string>()) : std::nullopt;
  if (ms && *ms > 0 && *ms <= duration_days_max * ms_per_day)
    return ms;
  context.faults.add(where, "must be an ISO 8601 duration of fixed length, such as \"P7D\" or "
                            "\"PT36H\", of at most "
                              + std::to_string(duration_days_max)
                              + " days; months and years have no fixed length");
  return std::nullopt;
}

std::optional<std::int64_t> instant_at(const place& where, compile_context& context) {
  if (where.at.is_string()) {
    if (const auto at = schemas::parse_rfc3339(where.at.get<std::string>()))
      return at->ms;
  }
  context.faults.add(where, "must be a moment with an offset, such as "
                            "\"2026-01-05T08:15:00+08:00\"");
  return std::nullopt;
}

std::optional<calendar_unit> calendar_unit_at(const place& where,
                                              std::initializer_list<std::string_view> allowed,
                                              compile_context& context) {
  constexpr std::array<std::string_view, 5> units{"day", "week", "month", "quarter", "year"};
  const auto name = where.at.is_string() ? where.at.get<std::string>() : std::string();
  const auto found = std::find(units.begin(), units.end(), name);
  if (found != units.end() && std::find(allowed.begin(), allowed.end(), name) != allowed.end())
    return static_cast<calendar_unit>(found - units.begin());
  context.faults.add(where, "one of " + listed(allowed));
  return std::nullopt;
}

} // namespace laurel::state::rules
