#include "state/rules/compile_emission.hpp"

#include "state/rules/compile_holding.hpp"
#include "state/rules/fact.hpp"
#include "state/rules/rule_limits.hpp"

namespace laurel::state::rules {

namespace {

std::string emitted_type_at(const place& where, compile_context& context) {
  auto name = bounded_text_at(where, name_bytes_max, context).value_or("");
  if (is_one_of(name, {"profile", "purchase", "refund"}))
    context.faults.add(where, "must not be a type that the engine itself gives a meaning to");
  return name;
}

emission::field field_at(const place& where, const std::string& name, const compiled_rule& rule,
                         compile_context& context) {
  emission::field out;
  if (name.empty() || name.size() > name_bytes_max || name.find('.') != std::string::npos)
    context.faults.add(where, "is named by text of 1 to " + std::to_string(name_bytes_max)
                                + " bytes without a dot");
  out.path = name_hash(name);
  if (where.at.is_boolean()) {
    out.what = where.at.get<bool>();
  } else if (where.at.is_number()) {
    if (const auto number = exact_number(where, context))
      out.what = *number;
  } else if (where.at.is_string()) {
    out.is_text = true;
    if (where.at != "") // A field may be empty, which a pattern may not.
      out.text = key_pattern_at(where, rule, context);
  } else {
    context.faults.add(where, "must be a text, a number, true or false");
  }
  return out;
}

bool is_until_redeemed(const place& policy) {
  return policy.has("revoke") && policy.member("revoke").at == "until_redeemed";
}

/// Members that would speak of a badge.
void refuse_badge_terms(const place& root, compile_context& context) {
  for (const auto* name : {"notify", "award"}) {
    if (root.has(name))
      context.faults.add(root.member(name), "does not go with \"emit\": there is no badge");
  }
  if (root.has("policy") && root.member("policy").has("group"))
    context.faults.add(root.member("policy").member("group"),
                       "does not go with \"emit\": there is no badge");
  if (root.has("policy") && is_until_redeemed(root.member("policy")))
    context.faults.add(root.member("policy").member("revoke"),
                       "until_redeemed does not go with \"emit\": there is no badge");
  if (root.has("valid") && root.member("valid").has("expires"))
    context.faults.add(root.member("valid").member("expires"),
                       "does not go with \"emit\": an event does not expire");
}

} // namespace

std::shared_ptr<const emission> compile_emission(const place& root, const compiled_rule& rule,
                                                 compile_context& context) {
  const auto where = root.member("emit");
  auto out = std::make_shared<emission>();
  if (!where.at.is_object() || !where.has("type")) {
    context.faults.add(where, "must be an object such as {\"type\": \"good-post\"}");
    return out;
  }
  context.faults.refuse_unknown(where, {"type", "fields"});
  refuse_badge_terms(root, context);
  out->type = emitted_type_at(where.member("type"), context);
  out->type_hash = name_hash(out->type);
  if (!where.has("fields"))
    return out;
  const auto fields = where.member("fields");
  if (!fields.at.is_object() || fields.at.size() > emitted_fields_max) {
    context.faults.add(fields, "must be an object of at most " + std::to_string(emitted_fields_max)
                                 + " attributes");
    return out;
  }
  for (const auto& [name, value] : fields.at.items())
    out->fields.push_back(
      field_at({value, fields.path + "/" + escaped_step(name)}, name, rule, context));
  return out;
}

} // namespace laurel::state::rules
