#include "state/rules/compile_sequence.hpp"

#include "state/rules/compile_leaf.hpp"
#include "state/rules/rule_limits.hpp"

#include <algorithm>

namespace laurel::state::rules {

namespace {

class sequence_compiler {
public:
  sequence_compiler(const compiled_rule& rule, compile_context& context)
      : rule_(rule), context_(context) {}

  std::optional<leaf> compile(const place& where) {
    if (!where.at.is_object() || !where.has("steps") || !where.has("within")) {
      context_.faults.add(where, "takes {\"steps\": [..], \"within\": duration}");
      return std::nullopt;
    }
    context_.faults.refuse_unknown(where, {"steps", "within", "same", "not", "strict"});
    compile_steps(where.member("steps"));
    out_.within_ms = duration_at(where.member("within"), context_).value_or(0);
    if (where.has("same"))
      compile_same(where.member("same"));
    if (where.has("not"))
      compile_bans(where.member("not"));
    if (where.has("strict")) {
      if (where.at.at("strict").is_boolean())
        out_.is_strict = where.at.at("strict").get<bool>();
      else
        context_.faults.add(where.member("strict"), "must be true or false");
    }
    return finish(where);
  }

private:
  std::optional<leaf> finish(const place& where) {
    leaf out;
    out.kind = leaf_kind::sequence;
    out.is_replayed = true;
    for (const auto& one : out_.steps)
      out.types |= one.types;
    for (const auto& one : out_.bans)
      out.types |= one.what.types;
    if (out_.is_strict)
      out.types = all_types(rule_);
    auto given = where.at;
    given["sequence"] = true;
    out.canonical = canonical_leaf(given, out, rule_);
    out.sequence = std::make_shared<const sequence_terms>(std::move(out_));
    return out;
  }

  /// A list of 1 or `least` to `most`; false with a fault.
  bool is_list(const place& where, std::size_t least, std::size_t most, const char* of) {
    if (where.at.is_array() && where.at.size() >= least && where.at.size() <= most)
      return true;
    context_.faults.add(where, "must be a list of " + std::to_string(least) + " to "
                                 + std::to_string(most) + " " + of);
    return false;
  }

  sequence_terms::pattern compile_pattern(const place& where) {
    sequence_terms::pattern out;
    if (!where.at.is_object() || !where.has("on")) {
      context_.faults.add(where, "needs \"on\": an event type");
      return out;
    }
    const auto on = where.member("on");
    out.types = on.at.is_array() ? types_at(on, rule_, context_) : type_at(on, rule_, context_);
    if (where.has("where"))
      out.where = compile_expression(where.member("where"), context_);
    return out;
  }

  void compile_steps(const place& steps) {
    if (!is_list(steps, 2, sequence_steps_max, "steps"))
      return;
    for (std::size_t i = 0; i < steps.at.size(); ++i) {
      const auto where = steps.element(i);
      out_.steps.push_back(compile_pattern(where));
      names_.emplace_back();
      if (!where.at.is_object())
        continue;
      context_.faults.refuse_unknown(where, {"on", "where", "as"});
      if (!where.has("as"))
        continue;
      const auto name = text_at(where, "as", context_).value_or("");
      if (std::find(names_.begin(), names_.end(), name) != names_.end())
        context_.faults.add(where.member("as"), "must be a name that no other step has");
      names_.back() = name;
    }
  }

  void compile_same(const place& same) {
    if (!is_list(same, 1, key_parts_max, "attribute paths"))
      return;
    for (std::size_t i = 0; i < same.at.size(); ++i) {
      const auto where = same.element(i);
      if (where.at.is_string())
        out_.same.push_back(use_path(where, where.at.get<std::string>(), context_));
      else
        context_.faults.add(where, "must be an attribute path, such as \"item.id\"");
    }
  }

  void compile_bans(const place& bans) {
    if (!is_list(bans, 1, sequence_bans_max, "events that must not come"))
      return;
    for (std::size_t i = 0; i < bans.at.size(); ++i) {
      const auto where = bans.element(i);
      sequence_terms::ban made;
      made.what = compile_pattern(where);
      if (where.at.is_object()) {
        context_.faults.refuse_unknown(where, {"on", "where", "after", "for"});
        compile_reach(where, made);
      }
      out_.bans.push_back(std::move(made));
    }
  }

  /// Since when, and for how long, it must not come.
  void compile_reach(const place& where, sequence_terms::ban& made) {
    if (where.has("for"))
      made.for_ms = duration_at(where.member("for"), context_).value_or(0);
    const auto last = out_.steps.empty() ? 0 : out_.steps.size() - 1;
    made.after = static_cast<std::uint8_t>(where.has("for") ? last : 0);
    if (where.has("after")) {
      const auto name = text_at(where, "after", context_).value_or("");
      const auto found = std::find(names_.begin(), names_.end(), name);
      if (name.empty() || found == names_.end())
        context_.faults.add(where.member("after"), "must be the \"as\" of a step");
      else
        made.after = static_cast<std::uint8_t>(found - names_.begin());
    }
    if (out_.within_ms + made.for_ms > duration_days_max * ms_per_day)
      context_.faults.add(where, "\"within\" and \"for\" together may be "
                                   + std::to_string(duration_days_max) + " days");
  }

  const compiled_rule& rule_;
  compile_context& context_;
  sequence_terms out_;
  std::vector<std::string> names_;
};

} // namespace

std::optional<leaf> compile_sequence(const place& where, const compiled_rule& rule,
                                     compile_context& context) {
  return sequence_compiler(rule, context).compile(where);
}

} // namespace laurel::state::rules
