#include "api/documents.hpp"

#include "api/command_documents.hpp"
#include "schemas/decision_codec.hpp"
#include "schemas/event_codec.hpp"

#include <nlohmann/json.hpp>

#include <utility>

namespace laurel::api {

namespace {

// Members keep the order in which they are written here: people read these documents.
using json = nlohmann::ordered_json;
using schemas::errc;
using schemas::failure;

/// Text from outside may be no UTF-8; what cannot be shown is replaced, never thrown at.
std::string dump(const json& document) {
  return document.dump(-1, ' ', false, json::error_handler_t::replace);
}

/// Runs `read` over the parsed text; anything that does not fit is `corrupt`.
template <class Reader>
auto parse(std::string_view text, Reader read) -> schemas::result<decltype(read(json{}))> {
  try {
    return read(json::parse(text));
  } catch (const json::exception& fault) {
    return failure(errc::corrupt, std::string("unexpected answer: ") + fault.what());
  }
}

schemas::event_time time_of(const json& at) {
  return schemas::parse_rfc3339(at.get<std::string>()).value_or(schemas::event_time{});
}

/// The fold of a grant in the form of the grants topic, and its state in a word.
json document_of(const schemas::decision& last) {
  auto out = json::parse(encode(last));
  out["state"] = schemas::state_of(last);
  return out;
}

json document_of(const state::rule_progress& progress) {
  json leaves = json::array();
  for (const auto& leaf : progress.leaves)
    leaves.push_back({{"what", leaf.what}, {"value", leaf.value}, {"target", leaf.target}});
  return {{"rule_id", progress.rule_id},
          {"badge_id", progress.badge_id},
          {"key", progress.key},
          {"fraction", progress.fraction},
          {"leaves", std::move(leaves)}};
}

state::rule_progress progress_of(const json& in) {
  state::rule_progress progress;
  progress.rule_id = in.at("rule_id");
  progress.badge_id = in.at("badge_id");
  progress.key = in.at("key").get<std::vector<std::string>>();
  progress.fraction = in.at("fraction");
  for (const auto& leaf : in.at("leaves"))
    progress.leaves.push_back({leaf.at("what"), leaf.at("value"), leaf.at("target")});
  return progress;
}

json per_input(const std::array<std::int64_t, schemas::input_count>& values) {
  json out = json::object();
  for (const auto from : schemas::every_input)
    out[std::string(name_of(from))] = values[static_cast<std::size_t>(from)];
  return out;
}

std::array<std::int64_t, schemas::input_count> values_of(const json& in) {
  std::array<std::int64_t, schemas::input_count> values{};
  for (const auto from : schemas::every_input)
    values[static_cast<std::size_t>(from)] = in.at(std::string(name_of(from)));
  return values;
}

json document_of(const state::record_counters& counters) {
  return {{"applied", counters.applied}, {"duplicate", counters.duplicate},
          {"late", counters.late},       {"dead_letter", counters.dead_letter},
          {"parked", counters.parked},   {"decisions", counters.decisions},
          {"erased", counters.erased},   {"erased_users", counters.erased_users}};
}

state::record_counters counters_of(const json& in) {
  return {.applied = in.at("applied"),
          .duplicate = in.at("duplicate"),
          .late = in.at("late"),
          .dead_letter = in.at("dead_letter"),
          .parked = in.at("parked"),
          .decisions = in.at("decisions"),
          .erased = in.value("erased", std::uint64_t{0}),
          .erased_users = in.value("erased_users", std::uint64_t{0})};
}

json document_of(const task_status& task) {
  json out{{"partition", task.partition},
           {"phase", task.phase},
           {"problem", task.problem},
           {"next_offset", per_input(task.next_offset)},
           {"lag", per_input(task.lag)},
           {"commits", task.commits},
           {"owner_epoch", task.owner_epoch},
           {"restored_records", task.restored_records},
           {"awake_users", task.awake_users},
           {"parked_users", task.parked_users},
           {"failures", task.failures},
           {"last_failure", task.last_failure},
           {"clock", nullptr},
           {"counters", document_of(task.counters)}};
  if (task.clock != schemas::event_time::lowest())
    out["clock"] = to_rfc3339(task.clock);
  return out;
}

task_status task_of(const json& in) {
  task_status task;
  task.partition = in.at("partition");
  task.phase = in.at("phase");
  task.problem = in.at("problem");
  task.next_offset = values_of(in.at("next_offset"));
  task.lag = values_of(in.at("lag"));
  task.commits = in.at("commits");
  task.owner_epoch = in.at("owner_epoch");
  task.restored_records = in.at("restored_records");
  task.awake_users = in.at("awake_users");
  task.parked_users = in.at("parked_users");
  task.failures = in.at("failures");
  task.last_failure = in.at("last_failure");
  if (!in.at("clock").is_null())
    task.clock = time_of(in.at("clock"));
  task.counters = counters_of(in.at("counters"));
  return task;
}

/// The rule's document as JSON within JSON; as text if it cannot be read.
json document_of(const rule_summary& rule) {
  auto document = json::parse(rule.document, nullptr, false);
  if (document.is_discarded())
    document = rule.document;
  json out{{"id", rule.id},
           {"version", rule.version},
           {"state", rule.state},
           {"document", std::move(document)}};
  if (!rule.shadow.empty())
    out["shadow"] = rule.shadow;
  return out;
}

json optional_number(const std::optional<std::uint64_t>& value) {
  return value ? json(*value) : json(nullptr);
}

std::optional<std::uint64_t> number_of(const json& in) {
  return in.is_null() ? std::nullopt : std::optional(in.get<std::uint64_t>());
}

} // namespace

std::string problem_document(const problem_members& members) {
  json out{{"type", members.type},
           {"title", members.title},
           {"status", members.status},
           {"detail", members.detail}};
  for (const auto& entry : members.errors)
    out["errors"].push_back({{"where", entry.where}, {"message", entry.message}});
  return dump(out);
}

schemas::result<problem_members> parse_problem(std::string_view text) {
  return parse(text, [](const json& in) {
    problem_members members{in.at("type"), in.at("title"), in.at("status"), in.at("detail"), {}};
    for (const auto& entry : in.value("errors", json::array()))
      members.errors.push_back({entry.at("where"), entry.at("message")});
    return members;
  });
}

std::string to_json(const state::user_view& view) {
  json badges = json::array();
  for (const auto& badge : view.badges)
    badges.push_back(document_of(badge.last));
  json progress = json::array();
  for (const auto& entry : view.progress)
    progress.push_back(document_of(entry));
  json commands = json::array();
  for (const auto& each : view.commands)
    commands.push_back(json::parse(to_json(each)));
  json out{{"user_id", view.user_id},
           {"badges", std::move(badges)},
           {"progress", std::move(progress)},
           {"commands", std::move(commands)}};
  if (view.erased_at)
    out["erased_at"] = schemas::to_rfc3339(*view.erased_at);
  if (!view.has_state)
    out["has_state"] = false;
  return dump(out);
}

schemas::result<state::user_view> parse_user(std::string_view text) {
  return parse(text, [](const json& in) {
    state::user_view view;
    view.user_id = in.at("user_id");
    for (const auto& badge : in.at("badges"))
      if (auto last = schemas::decode_decision(badge.dump()))
        view.badges.push_back({std::move(*last)});
    for (const auto& entry : in.at("progress"))
      view.progress.push_back(progress_of(entry));
    for (const auto& entry : in.value("commands", json::array()))
      if (auto outcome = parse_outcome(entry.dump()))
        view.commands.push_back(std::move(*outcome));
    if (in.contains("erased_at"))
      if (const auto at = schemas::parse_rfc3339(in.at("erased_at").get<std::string>()))
        view.erased_at = *at;
    view.has_state = in.value("has_state", true);
    return view;
  });
}

std::string to_json(const status_report& report) {
  json tasks = json::array();
  for (const auto& task : report.tasks)
    tasks.push_back(document_of(task));
  return dump({{"instance", report.instance},
               {"version", report.version},
               {"log", report.log},
               {"ready", report.ready},
               {"uptime_ms", report.uptime_ms},
               {"rules_active", report.rules_active},
               {"catalog_position", report.catalog_position},
               {"users", optional_number(report.users)},
               {"badges_held", optional_number(report.badges_held)},
               {"tasks", std::move(tasks)}});
}

schemas::result<status_report> parse_status(std::string_view text) {
  return parse(text, [](const json& in) {
    status_report report{.instance = in.at("instance"),
                         .version = in.at("version"),
                         .log = in.at("log"),
                         .ready = in.at("ready"),
                         .uptime_ms = in.at("uptime_ms"),
                         .rules_active = in.at("rules_active"),
                         .catalog_position = in.at("catalog_position"),
                         .users = number_of(in.at("users")),
                         .badges_held = number_of(in.at("badges_held")),
                         .tasks = {}};
    for (const auto& task : in.at("tasks"))
      report.tasks.push_back(task_of(task));
    return report;
  });
}

std::string to_json(const rule_summary& rule) {
  return dump(document_of(rule));
}

std::string to_json(const std::vector<rule_summary>& rules) {
  json list = json::array();
  for (const auto& rule : rules)
    list.push_back(document_of(rule));
  return dump({{"rules", std::move(list)}});
}

std::string indented(const std::string& text) {
  const auto document = json::parse(text, nullptr, false);
  return document.is_discarded() ? text
                                 : document.dump(2, ' ', false, json::error_handler_t::replace);
}

schemas::result<std::vector<rule_summary>> parse_rules(std::string_view text) {
  return parse(text, [](const json& in) {
    std::vector<rule_summary> rules;
    for (const auto& rule : in.at("rules")) {
      const auto& document = rule.at("document");
      rules.push_back({rule.at("id"), rule.at("version"), rule.at("state"),
                       document.is_string() ? document.get<std::string>() : dump(document),
                       rule.value("shadow", std::string{})});
    }
    return rules;
  });
}

std::string to_json(const publish_outcome& outcome) {
  json faults = json::array();
  for (const auto& fault : outcome.faults)
    faults.push_back({{"path", fault.path}, {"message", fault.message}});
  return dump({{"id", outcome.id},
               {"version", outcome.version},
               {"changed", outcome.changed},
               {"faults", std::move(faults)}});
}

schemas::result<publish_outcome> parse_publish(std::string_view text) {
  return parse(text, [](const json& in) {
    publish_outcome outcome{in.at("id"), in.at("version"), in.at("changed"), {}};
    for (const auto& fault : in.at("faults"))
      outcome.faults.push_back({fault.at("path"), fault.at("message")});
    return outcome;
  });
}

schemas::result<publish_outcome> parse_rule_faults(std::string_view text) {
  const auto members = parse_problem(text);
  if (!members)
    return tl::unexpected(members.error());
  publish_outcome outcome;
  for (const auto& entry : members->errors)
    outcome.faults.push_back({entry.where, entry.message});
  if (outcome.faults.empty())
    outcome.faults.push_back({"", members->detail});
  return outcome;
}

std::string to_json(const append_outcome& outcome) {
  json faults = json::array();
  for (const auto& fault : outcome.faults)
    faults.push_back({{"line", fault.line}, {"message", fault.message}});
  return dump({{"appended", outcome.appended}, {"faults", std::move(faults)}});
}

schemas::result<append_outcome> parse_append(std::string_view text) {
  return parse(text, [](const json& in) {
    append_outcome outcome{in.at("appended"), {}};
    for (const auto& fault : in.at("faults"))
      outcome.faults.push_back({fault.at("line"), fault.at("message")});
    return outcome;
  });
}

} // namespace laurel::api
