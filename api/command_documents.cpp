#include "api/command_documents.hpp"

#include "schemas/command_codec.hpp"

#include <nlohmann/json.hpp>

namespace laurel::api {

namespace {

using json = nlohmann::ordered_json;

std::string dump(const json& document) {
  return document.dump(-1, ' ', false, json::error_handler_t::replace);
}

std::int64_t time_at(const json& in) {
  return schemas::parse_rfc3339(in.get<std::string>()).value_or(schemas::event_time{}).ms;
}

json document_of(const state::command_outcome& outcome) {
  json out{{"command_id", outcome.id},
           {"command", name_of(outcome.kind)},
           {"status", outcome.problem.empty() ? "done" : "refused"},
           {"at", schemas::to_rfc3339({outcome.at})},
           {"recorded_at", schemas::to_rfc3339({outcome.recorded_at})},
           {"grant_id", outcome.grant_id},
           {"revision", outcome.revision},
           {"badge_id", outcome.badge},
           {"fingerprint", std::to_string(outcome.fingerprint)}};
  if (!outcome.problem.empty()) {
    out["problem"] = outcome.problem;
    out["detail"] = state::describe_problem(outcome.problem);
  }
  return out;
}

state::command_outcome outcome_of(const json& in) {
  state::command_outcome outcome;
  outcome.id = in.at("command_id");
  outcome.kind = schemas::parse_command_kind(in.at("command").get<std::string>())
                   .value_or(schemas::command_kind::grant);
  outcome.problem = in.value("problem", "");
  outcome.at = time_at(in.at("at"));
  outcome.recorded_at = time_at(in.at("recorded_at"));
  outcome.grant_id = in.at("grant_id");
  outcome.revision = in.at("revision");
  outcome.badge = in.at("badge_id");
  outcome.fingerprint = std::stoull(in.at("fingerprint").get<std::string>());
  return outcome;
}

} // namespace

std::string to_json(const state::command_outcome& outcome) {
  return dump(document_of(outcome));
}

std::string shown(const state::command_outcome& outcome) {
  auto document = document_of(outcome);
  document.erase("fingerprint");
  return dump(document);
}

schemas::result<state::command_outcome> parse_outcome(std::string_view text) {
  try {
    return outcome_of(json::parse(text));
  } catch (const std::exception& fault) { // Of JSON, or of a number in it.
    return schemas::failure(schemas::errc::corrupt,
                            std::string("unexpected answer: ") + fault.what());
  }
}

} // namespace laurel::api
