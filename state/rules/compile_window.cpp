#include "state/rules/compile_window.hpp"

namespace laurel::state::rules {

namespace {

constexpr auto known_windows = "a window is {\"last\": \"P7D\"}, {\"cal\": \"month\"}, {\"from\": "
                               "moment, \"to\": moment} or {\"since\": {\"event\": type}}";

void compile_span(const place& where, leaf& out, compile_context& context) {
  out.window = window_kind::span;
  if (where.has("from"))
    out.from_ms = instant_at(where.member("from"), context).value_or(out.from_ms);
  if (where.has("to"))
    out.to_ms = instant_at(where.member("to"), context).value_or(out.to_ms);
  if (out.from_ms >= out.to_ms)
    context.faults.add(where, "\"from\" must be before \"to\"; the window is from the one up to, "
                              "and without, the other");
}

void compile_since(const place& where, const compiled_rule& rule, leaf& out,
                   compile_context& context) {
  if (!where.at.is_object() || !where.has("event")) {
    context.faults.add(where, "takes {\"event\": type}, with \"where\" and \"for\" if need be");
    return;
  }
  context.faults.refuse_unknown(where, {"event", "where", "for"}, {"badge", "attr"});
  anchor made;
  made.types = type_at(where.member("event"), rule, context);
  if (where.has("where"))
    made.where = compile_expression(where.member("where"), context);
  if (where.has("for"))
    made.for_ms = duration_at(where.member("for"), context).value_or(0);
  out.window = window_kind::since;
  out.since = std::make_shared<const anchor>(std::move(made));
}

} // namespace

void compile_window(const place& where, const compiled_rule& rule, leaf& out,
                    compile_context& context) {
  if (!where.at.is_object() || where.at.empty()) {
    context.faults.add(where, known_windows);
    return;
  }
  const bool is_span = where.has("from") || where.has("to");
  if (is_span)
    context.faults.refuse_unknown(where, {"from", "to"});
  else
    context.faults.refuse_unknown(where, {"last", "cal", "since", "from", "to"});
  if (!is_span && where.at.size() != 1) {
    context.faults.add(where, known_windows);
    return;
  }
  if (is_span)
    compile_span(where, out, context);
  if (where.has("since"))
    compile_since(where.member("since"), rule, out, context);
  if (where.has("cal")) {
    const auto unit =
      calendar_unit_at(where.member("cal"), {"day", "week", "month", "quarter", "year"}, context);
    out.window = window_kind::calendar;
    out.unit = unit.value_or(calendar_unit::day);
  }
  if (where.has("last")) {
    out.window = window_kind::last;
    out.last_ms = duration_at(where.member("last"), context).value_or(0);
  }
}

} // namespace laurel::state::rules
