#include "state/rules/compile_notice.hpp"

#include "schemas/decision_codec.hpp"
#include "state/rules/rule_limits.hpp"

#include <algorithm>
#include <array>

namespace laurel::state::rules {

namespace {

using schemas::decision_kind;

constexpr std::array told_kinds{decision_kind::granted, decision_kind::revoked,
                                decision_kind::expired, decision_kind::redeemed,
                                decision_kind::debt,    decision_kind::repaid};

/// The bit of a kind named at `where`; 0 with a fault.
std::uint16_t kind_at(const place& where, compile_context& context) {
  const auto name = where.at.is_string() ? where.at.get<std::string>() : std::string();
  const auto found = std::find_if(told_kinds.begin(), told_kinds.end(),
                                  [&](decision_kind each) { return name_of(each) == name; });
  if (found != told_kinds.end())
    return notice::bit(*found);
  context.faults.add(where, "must be one of granted, revoked, expired, redeemed, debt, repaid");
  return 0;
}

std::uint16_t kinds_at(const place& where, compile_context& context) {
  if (!where.at.is_array() || where.at.empty()) {
    context.faults.add(where, "must be a list such as [\"granted\", \"revoked\"]");
    return 0;
  }
  std::uint16_t kinds = 0;
  for (std::size_t i = 0; i < where.at.size(); ++i) {
    const auto bit = kind_at(where.element(i), context);
    if ((kinds & bit) != 0)
      context.faults.add(where.element(i), "is there twice");
    kinds = static_cast<std::uint16_t>(kinds | bit);
  }
  return kinds;
}

/// Scalars by name, as canonical JSON; empty with a fault.
std::string award_at(const place& where, compile_context& context) {
  if (!where.at.is_object() || where.at.size() > award_members_max) {
    context.faults.add(where, "must be an object of at most " + std::to_string(award_members_max)
                                + " values");
    return {};
  }
  for (const auto& [name, value] : where.at.items()) {
    if (value.is_structured())
      context.faults.add(where.member(name.c_str()),
                         "must be a text, a number, true, false or null");
  }
  return canonical_json(where.at);
}

void compile_notify(const place& where, notice& into, compile_context& context) {
  if (!where.at.is_object()) {
    context.faults.add(where, "must be an object such as {\"on\": [\"granted\"]}");
    return;
  }
  context.faults.refuse_unknown(where, {"on", "template"});
  into.kinds =
    where.has("on") ? kinds_at(where.member("on"), context) : notice::bit(decision_kind::granted);
  if (where.has("template"))
    into.message = bounded_text_at(where.member("template"), name_bytes_max, context).value_or("");
}

} // namespace

void compile_notice(const place& document, compiled_rule& rule, compile_context& context) {
  notice made;
  if (document.has("award"))
    made.award = award_at(document.member("award"), context);
  if (document.has("notify")) {
    compile_notify(document.member("notify"), made, context);
    rule.told = std::make_shared<const notice>(std::move(made));
  }
  if (!document.has("progress"))
    return;
  const auto where = document.member("progress");
  rule.hides_progress = where.at == "hidden";
  if (!rule.hides_progress && where.at != "shown")
    context.faults.add(where, "must be shown or hidden");
}

} // namespace laurel::state::rules
