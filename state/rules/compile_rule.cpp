#include "state/rules/compile_condition.hpp"
#include "state/rules/compile_emission.hpp"
#include "state/rules/compile_holding.hpp"
#include "state/rules/compile_notice.hpp"
#include "state/rules/compile_parts.hpp"
#include "state/rules/compile_policy.hpp"
#include "state/rules/rule_limits.hpp"

#include <algorithm>
#include <cctype>

namespace laurel::state::rules {

namespace {

/// A day begins in the morning: "04:00" belongs to late night, "18:00" would be a riddle.
constexpr int day_start_hour_max = 12;

/// Compiles the members of one rule document, one function a member.
class rule_compiler {
public:
  explicit rule_compiler(const json& document) : root_{document, ""} {}

  void compile() {
    if (!root_.at.is_object()) {
      context_.faults.add(root_, "a rule is an object");
      return;
    }
    context_.faults.refuse_unknown(root_,
                                   {"id", "badge", "emit", "on", "key", "when", "policy", "time",
                                    "valid", "name", "description", "award", "progress", "notify"},
                                   {"to", "effective_from"});
    compile_id();
    compile_on();
    compile_key();
    compile_badge();
    compile_time();
    compile_texts();
    if (require("when"))
      compile_condition(root_.member("when"), rule_, context_);
    if (!root_.has("on") && rule_.holdings.empty())
      require("on");
    compile_policy(root_, rule_, context_);
    compile_notice(root_, rule_, context_);
  }

  /// Adds what follows from the document as a whole. Only for one without faults.
  std::shared_ptr<const compiled_rule> finish() {
    rule_.document = canonical_json(root_.at);
    rule_.version_number = short_hash(rule_.document);
    rule_.version = hex_of(rule_.version_number);
    rule_.aggregates_number = short_hash(canonical_json(what_has_state()));
    rule_.aggregates = hex_of(rule_.aggregates_number);
    rule_.paths.assign(context_.paths.begin(), context_.paths.end());
    for (std::size_t i = 0; i < rule_.leaves.size(); ++i)
      join_leaf(i);
    find_what_time_changes(rule_);
    return std::make_shared<const compiled_rule>(std::move(rule_));
  }

  fault_list& faults() { return context_.faults; }

private:
  bool require(const char* name) {
    if (root_.has(name))
      return true;
    context_.faults.add(root_, std::string("needs \"") + name + "\"");
    return false;
  }

  std::optional<std::string> text(const place& where, std::size_t bytes_max) {
    return bounded_text_at(where, bytes_max, context_);
  }

  void compile_id() {
    if (!require("id"))
      return;
    const auto where = root_.member("id");
    rule_.id = text(where, id_bytes_max).value_or("");
    const bool well_formed = std::all_of(rule_.id.begin(), rule_.id.end(), [](unsigned char c) {
      return std::isalnum(c) != 0 || c == '-' || c == '_' || c == '.';
    });
    if (!well_formed)
      context_.faults.add(where, "is made of letters, digits, \"-\", \"_\" and \".\"");
  }

  void compile_on() {
    if (!root_.has("on")) { // Then `when` has to look at what is held.
      if (root_.has("key"))
        context_.faults.add(root_, "needs \"on\": a key comes from events");
      return;
    }
    const auto on = root_.member("on");
    if (!on.at.is_array() || on.at.empty() || on.at.size() > types_max) {
      context_.faults.add(on,
                          "must be a list of 1 to " + std::to_string(types_max) + " event types");
      return;
    }
    for (std::size_t i = 0; i < on.at.size(); ++i) {
      if (const auto name = text(on.element(i), name_bytes_max))
        add_type(on.element(i), *name);
    }
    std::sort(rule_.on.begin(), rule_.on.end(),
              [](const auto& a, const auto& b) { return a.name < b.name; });
  }

  void add_type(const place& where, const std::string& name) {
    const auto hash = name_hash(name);
    for (const auto& other : rule_.on) {
      if (other.name == name)
        context_.faults.add(where, "stands twice in \"on\"");
      else if (other.hash == hash)
        context_.faults.add(where, "has the same hash as " + in_quotes(other.name)
                                     + "; rename one of the two types");
    }
    rule_.on.push_back({name, hash, 0});
  }

  void compile_key() {
    if (!root_.has("key"))
      return;
    const auto key = root_.member("key");
    if (!key.at.is_array() || key.at.empty() || key.at.size() > key_parts_max) {
      context_.faults.add(key, "must be a list of 1 to " + std::to_string(key_parts_max)
                                 + " attribute paths");
      return;
    }
    for (std::size_t i = 0; i < key.at.size(); ++i) {
      const auto where = key.element(i);
      rule_.key.push_back(text(where, name_bytes_max).value_or("?"));
      rule_.key_paths.push_back(use_path(where, rule_.key.back(), context_));
    }
  }

  /// `badge`, in which ${0}, ${1}, ... stand for parts of the key; or `emit`.
  void compile_badge() {
    if (root_.has("badge") == root_.has("emit")) {
      context_.faults.add(root_, "takes one of \"badge\" and \"emit\"");
      return;
    }
    if (root_.has("emit"))
      rule_.emits = compile_emission(root_, rule_, context_);
    else
      rule_.badge = key_pattern_at(root_.member("badge"), rule_, context_);
  }

  void compile_time() {
    if (!root_.has("time"))
      return;
    const auto time = root_.member("time");
    if (!time.at.is_object()) {
      context_.faults.add(time, "must be an object");
      return;
    }
    context_.faults.refuse_unknown(time, {"zone", "day_start"});
    if (time.has("zone"))
      compile_zone(time.member("zone"));
    if (time.has("day_start"))
      compile_day_start(time.member("day_start"));
  }

  void compile_zone(const place& where) {
    const auto name = where.at.is_string() ? where.at.get<std::string>() : std::string();
    if (name == "user")
      return;
    rule_.zone = zone_table::of(name);
    rule_.zone_name = name;
    if (rule_.zone == nullptr)
      context_.faults.add(where, "must be \"user\" or an IANA zone such as \"Europe/Berlin\"");
  }

  void compile_day_start(const place& where) {
    const auto text = where.at.is_string() ? where.at.get<std::string>() : std::string();
    const auto digit = [&](std::size_t i) { return text[i] - '0'; };
    bool valid = text.size() == 5 && text[2] == ':';
    for (const std::size_t i : {0U, 1U, 3U, 4U})
      valid = valid && std::isdigit(static_cast<unsigned char>(text[i])) != 0;
    const int hour = valid ? digit(0) * 10 + digit(1) : 0;
    const int minute = valid ? digit(3) * 10 + digit(4) : 0;
    if (!valid || hour > day_start_hour_max || minute > 59) {
      context_.faults.add(where, "must be a time such as \"04:00\", at most "
                                   + std::to_string(day_start_hour_max) + ":59");
      return;
    }
    rule_.day_start_ms = (hour * 60 + minute) * std::int64_t{60'000};
  }

  void compile_texts() {
    for (const auto* name : {"name", "description"}) {
      if (root_.has(name))
        static_cast<void>(text(root_.member(name), text_bytes_max)); // For its faults alone.
    }
  }

  /// What decides whether stored state means the same under another version of the rule.
  json what_has_state() const {
    json out{{"key", rule_.key}, {"leaves", json::array()}, {"on", json::array()}};
    for (const auto& type : rule_.on)
      out["on"].push_back(type.name);
    for (const auto& one : rule_.leaves)
      out["leaves"].push_back(one.canonical);
    if (rule_.refund != refund_policy::proportional)
      out["refund"] = rule_.refund == refund_policy::full_only ? "full_only" : "ignore";
    if (rule_.emits) // What has been emitted is made again from the grants.
      out["emit"] = root_.at.at("emit");
    out["time"] = root_.has("time") ? root_.at.at("time") : json::object();
    return out;
  }

  void join_leaf(std::size_t index) {
    const auto& one = rule_.leaves[index];
    for (std::size_t i = 0; i < rule_.on.size(); ++i) {
      if ((one.reads() >> i & 1U) != 0)
        rule_.on[i].leaves |= std::uint64_t{1} << index;
    }
    rule_.has_sequence = rule_.has_sequence || one.sequence != nullptr;
    rule_.has_replayed = rule_.has_replayed || one.is_replayed;
    rule_.last_window_ms = std::max(rule_.last_window_ms, one.last_ms);
    rule_.reads_days =
      rule_.reads_days || one.kind == leaf_kind::streak || one.window == window_kind::calendar;
  }

  place root_;
  compile_context context_;
  compiled_rule rule_;
};

} // namespace

compile_outcome compile_rule(std::string_view text) {
  fault_list faults;
  const auto document = parse_document(text, faults);
  if (!document)
    return {nullptr, faults.take()};
  rule_compiler compiler(*document);
  compiler.compile();
  if (!compiler.faults().empty())
    return {nullptr, compiler.faults().take()};
  return {compiler.finish(), {}};
}

const std::string& id_of(const compiled_rule& rule) {
  return rule.id;
}
const std::string& version_of(const compiled_rule& rule) {
  return rule.version;
}
const std::string& aggregates_of(const compiled_rule& rule) {
  return rule.aggregates;
}
const std::string& document_of(const compiled_rule& rule) {
  return rule.document;
}

std::string name_for(std::string_view pattern, const std::vector<std::string>& key) {
  std::string out;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    // The compiler has seen to it that "${" is followed by a digit of the key and "}".
    if (pattern.compare(i, 2, "${") == 0) {
      out += key[static_cast<std::size_t>(pattern[i + 2] - '0')];
      i += 3;
    } else {
      out += pattern[i];
    }
  }
  return out;
}

} // namespace laurel::state::rules
