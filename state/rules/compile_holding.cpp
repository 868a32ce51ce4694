#include "state/rules/compile_holding.hpp"

#include "state/rules/rule_limits.hpp"

namespace laurel::state::rules {

namespace {

std::uint32_t count_at(const place& where, compile_context& context) {
  const bool is_valid = where.at.is_number_integer() && where.at.get<std::int64_t>() >= 1
                        && where.at.get<std::int64_t>() <= holdings_asked_max;
  if (is_valid)
    return where.at.get<std::uint32_t>();
  context.faults.add(where,
                     "must be a whole number from 1 to " + std::to_string(holdings_asked_max));
  return 1;
}

bool is_ever(const place& where, compile_context& context) {
  const auto word = where.at.is_string() ? where.at.get<std::string>() : std::string();
  if (!is_one_of(word, {"held", "ever"}))
    context.faults.add(where, "must be held or ever");
  return word == "ever";
}

} // namespace

holding_query compile_holding(const place& where, const compiled_rule& rule,
                              compile_context& context) {
  holding_query out;
  if (!where.at.is_object()) {
    context.faults.add(where, "must be an object such as {\"badge\": \"First\"}");
    return out;
  }
  context.faults.refuse_unknown(where, {"badge", "group", "n", "state", "for"});
  if (where.has("badge") == where.has("group")) {
    context.faults.add(where, "takes one of \"badge\" and \"group\"");
    return out;
  }
  out.is_group = where.has("group");
  out.name = key_pattern_at(where.member(out.is_group ? "group" : "badge"), rule, context);
  if (where.has("n"))
    out.n = count_at(where.member("n"), context);
  if (where.has("state"))
    out.ever = is_ever(where.member("state"), context);
  if (where.has("for")) {
    out.for_ms = duration_at(where.member("for"), context).value_or(0);
    if (out.ever)
      context.faults.add(where.member("for"), "does not go with \"state\": \"ever\"");
  }
  return out;
}

std::string key_pattern_at(const place& where, const compiled_rule& rule,
                           compile_context& context) {
  static_cast<void>(bounded_text_at(where, name_bytes_max, context)); // For its faults alone.
  const auto text = where.at.is_string() ? where.at.get<std::string>() : std::string();
  for (auto at = text.find("${"); at != std::string::npos; at = text.find("${", at + 1)) {
    const auto digit = at + 2 < text.size() ? text[at + 2] : ' ';
    const bool closed = at + 3 < text.size() && text[at + 3] == '}';
    if (!closed || digit < '0' || static_cast<std::size_t>(digit - '0') >= rule.key.size())
      context.faults.add(where, "${n} stands for the n-th part of the key, counted from 0; this "
                                "rule's key has "
                                  + std::to_string(rule.key.size()) + " parts");
  }
  return text;
}

} // namespace laurel::state::rules
