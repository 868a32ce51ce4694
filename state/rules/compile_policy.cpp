#include "state/rules/compile_policy.hpp"

#include "state/rules/compile_holding.hpp"
#include "state/rules/compile_parts.hpp"
#include "state/rules/rule_limits.hpp"

namespace laurel::state::rules {

namespace {

/// One function a member, as in rule_compiler.
class policy_compiler {
public:
  policy_compiler(compiled_rule& rule, compile_context& context)
      : rule_(rule), terms_(rule.terms), context_(context) {}

  void compile_policy(const place& policy) {
    if (!is_object(policy))
      return;
    context_.faults.refuse_unknown(
      policy, {"revoke", "max_per_user", "grace", "refund", "every", "cooldown", "group"},
      {"stock"});
    if (policy.has("revoke"))
      compile_revoke(policy.member("revoke"));
    if (policy.has("refund"))
      compile_refund(policy.member("refund"));
    if (policy.has("max_per_user"))
      compile_limit(policy.member("max_per_user"));
    if (policy.has("group"))
      compile_group(policy.member("group"));
    if (policy.has("cooldown"))
      terms_.cooldown_ms = duration_at(policy.member("cooldown"), context_).value_or(0);
    if (policy.has("every"))
      compile_every(policy.member("every"));
    if (policy.has("grace"))
      compile_grace(policy.member("grace"));
    if (rule_.rank)
      check_rank(policy.member("group"));
  }

  void compile_valid(const place& valid) {
    if (!is_object(valid))
      return;
    context_.faults.refuse_unknown(valid, {"from", "to", "expires"});
    if (valid.at.empty())
      context_.faults.add(valid, "needs \"from\", \"to\" or \"expires\"");
    if (valid.has("from"))
      terms_.valid_from = instant_at(valid.member("from"), context_).value_or(terms_.valid_from);
    if (valid.has("to"))
      terms_.valid_to = instant_at(valid.member("to"), context_).value_or(terms_.valid_to);
    if (terms_.valid_from >= terms_.valid_to)
      context_.faults.add(valid, "\"from\" must be before \"to\"");
    if (valid.has("expires"))
      compile_expiry(valid.member("expires"));
  }

private:
  bool is_object(const place& where) {
    if (!where.at.is_object())
      context_.faults.add(where, "must be an object");
    return where.at.is_object();
  }

  static std::string word_at(const place& where) {
    return where.at.is_string() ? where.at.get<std::string>() : std::string();
  }

  void compile_revoke(const place& where) {
    const auto name = word_at(where);
    if (name == "maintained")
      rule_.revoke = revoke_policy::maintained;
    else if (name == "until_redeemed")
      rule_.revoke = revoke_policy::until_redeemed;
    else if (name != "permanent")
      context_.faults.add(where, "must be permanent, maintained or until_redeemed");
  }

  void compile_refund(const place& where) {
    const auto name = word_at(where);
    if (name == "full_only")
      rule_.refund = refund_policy::full_only;
    else if (name == "ignore")
      rule_.refund = refund_policy::ignore;
    else if (name != "proportional")
      context_.faults.add(where, "must be proportional, full_only or ignore");
  }

  void compile_limit(const place& where) {
    const bool is_valid = where.at.is_number_integer() && where.at.get<std::int64_t>() >= 1
                          && where.at.get<std::int64_t>() <= grants_per_user_max;
    if (is_valid)
      rule_.max_per_user = where.at.get<std::uint32_t>();
    else
      context_.faults.add(where, "must be a whole number from 1 to "
                                   + std::to_string(grants_per_user_max));
  }

  void compile_group(const place& where) {
    if (!is_object(where))
      return;
    context_.faults.refuse_unknown(where, {"name", "rank"});
    if (where.has("name"))
      rule_.group = key_pattern_at(where.member("name"), rule_, context_);
    else
      context_.faults.add(where, "needs \"name\"");
    if (where.has("rank"))
      compile_rank(where.member("rank"));
  }

  void compile_rank(const place& where) {
    const bool is_valid = where.at.is_number_integer() && where.at.get<std::int64_t>() >= -rank_max
                          && where.at.get<std::int64_t>() <= rank_max;
    if (is_valid)
      rule_.rank = where.at.get<std::int32_t>();
    else
      context_.faults.add(where, "must be a whole number from -" + std::to_string(rank_max) + " to "
                                   + std::to_string(rank_max));
  }

  /// Grants of an exclusive group come and go with those of others: nothing can be said of how many
  /// there are, or of when the next one is due.
  void check_rank(const place& group) {
    const auto refuse = [&](bool is_there, const char* name) {
      if (is_there)
        context_.faults.add(group, std::string("\"rank\" does not go with ") + name);
    };
    refuse(terms_.every.has_value(), "\"every\"");
    refuse(terms_.cooldown_ms > 0, "\"cooldown\"");
    refuse(rule_.max_per_user > 0, "\"max_per_user\"");
    refuse(rule_.revoke == revoke_policy::until_redeemed, "\"revoke\": \"until_redeemed\"");
  }

  void compile_every(const place& where) {
    terms_.every = exact_number(where, context_);
    if (terms_.every && *terms_.every <= schemas::decimal())
      context_.faults.add(where, "must be greater than 0");
    const auto& when = rule_.when;
    if (when.conditions.empty()) // It has faults of its own.
      return;
    const auto& root = when.conditions.back();
    const bool is_threshold = root.what == condition_node::kind::ge
                              && when.numbers[root.right].what == number_node::kind::constant;
    if (!is_threshold)
      context_.faults.add(where, "needs a \"when\" of the form {\"ge\": [what is counted, a "
                                 "number]}, from which on each so much more is a grant more");
  }

  void compile_grace(const place& where) {
    terms_.grace_ms = duration_at(where, context_).value_or(0);
    if (rule_.revoke != revoke_policy::maintained)
      context_.faults.add(where, "needs \"revoke\": \"maintained\": nothing else is lost");
    if (terms_.every)
      context_.faults.add(where, "does not go with \"every\"");
  }

  void compile_expiry(const place& where) {
    auto& expires = terms_.expires;
    const bool is_one = where.has("after") + where.has("at") + where.has("cal_end") == 1;
    if (!is_one) {
      context_.faults.add(where, "takes one of {\"after\": duration}, {\"at\": moment} and "
                                 "{\"cal_end\": unit, \"plus\": duration}");
      return;
    }
    if (where.has("after")) {
      context_.faults.refuse_unknown(where, {"after"});
      expires.what = expiry::kind::after;
      expires.ms = duration_at(where.member("after"), context_).value_or(0);
    } else if (where.has("at")) {
      context_.faults.refuse_unknown(where, {"at"});
      expires.what = expiry::kind::at;
      expires.ms = instant_at(where.member("at"), context_).value_or(0);
    } else {
      context_.faults.refuse_unknown(where, {"cal_end", "plus"});
      expires.what = expiry::kind::calendar;
      expires.unit = calendar_unit_at(where.member("cal_end"),
                                      {"day", "week", "month", "quarter", "year"}, context_)
                       .value_or(calendar_unit::day);
      if (where.has("plus"))
        expires.ms = duration_at(where.member("plus"), context_).value_or(0);
    }
  }

  compiled_rule& rule_;
  grant_terms& terms_;
  compile_context& context_;
};

} // namespace

void compile_policy(const place& document, compiled_rule& rule, compile_context& context) {
  policy_compiler compiler(rule, context);
  if (document.has("policy"))
    compiler.compile_policy(document.member("policy"));
  if (document.has("valid"))
    compiler.compile_valid(document.member("valid"));
  constexpr grant_terms plain;
  const auto& terms = rule.terms;
  rule.has_terms = terms.grace_ms > 0 || terms.cooldown_ms > 0 || terms.every.has_value()
                   || terms.valid_from != plain.valid_from || terms.valid_to != plain.valid_to
                   || terms.expires.what != expiry::kind::never;
  rule.reads_days = rule.reads_days || terms.expires.what == expiry::kind::calendar;
}

} // namespace laurel::state::rules
