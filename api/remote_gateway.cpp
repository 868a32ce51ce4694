#include "api/remote_gateway.hpp"

#include "api/documents.hpp"
#include "api/explanation_document.hpp"
#include "api/read_answer.hpp"
#include "schemas/command_codec.hpp"

namespace laurel::api {

schemas::result<std::unique_ptr<remote_gateway>>
remote_gateway::connect(const std::filesystem::path& directory) {
  auto client = control_client::connect(directory);
  if (!client)
    return tl::unexpected(client.error());
  return std::unique_ptr<remote_gateway>(new remote_gateway(std::move(*client)));
}

schemas::result<state::user_view> remote_gateway::user(const std::string& user_id) {
  request what{.path = "/api/v1/users", .query = {{"id", user_id}}, .headers = {}, .body = {}};
  return read_answer(client_->send(what), parse_user);
}

schemas::result<state::explanation> remote_gateway::explain(state::explain_request asked) {
  request what{.path = "/api/v1/explain",
               .query = {{"user", asked.user_id}, {"rule", asked.rule_id}},
               .headers = {},
               .body = {}};
  for (const auto& part : asked.key.value_or(std::vector<std::string>{}))
    what.query.emplace_back("key", part);
  return read_answer(client_->send(what), parse_explanation);
}

schemas::result<status_report> remote_gateway::status() {
  request what{.path = "/api/v1/status", .query = {}, .headers = {}, .body = {}};
  return read_answer(client_->send(what), parse_status);
}

schemas::result<std::vector<rule_summary>> remote_gateway::rules() {
  request what{.path = "/api/v1/rules", .query = {}, .headers = {}, .body = {}};
  return read_answer(client_->send(what), parse_rules);
}

schemas::result<publish_outcome> remote_gateway::publish_rule(const std::string& document) {
  request what{.verb = method::post,
               .path = "/api/v1/rules",
               .query = {},
               .headers = {{"content-type", std::string(json_type)}},
               .body = document};
  const auto answer = client_->send(what);
  if (answer && answer->status == 422)
    return parse_rule_faults(answer->body);
  return read_answer(answer, parse_publish);
}

schemas::result<void> remote_gateway::retire_rule(const std::string& id) {
  request what{.verb = method::del,
               .path = "/api/v1/rules/" + percent_encode(id),
               .query = {},
               .headers = {},
               .body = {}};
  return read_answer(client_->send(what), [](std::string_view) { return schemas::result<void>{}; });
}

schemas::result<append_outcome> remote_gateway::append_events(std::span<const std::string> lines) {
  request what{.verb = method::post,
               .path = "/api/v1/events",
               .query = {},
               .headers = {{"content-type", std::string(ndjson_type)}},
               .body = {}};
  for (const auto& line : lines)
    what.body += line + "\n";
  return read_answer(client_->send(what), parse_append);
}

schemas::result<erasure_certificate> remote_gateway::erasure(const std::string& user_id) {
  request what{.path = "/api/v1/erasure", .query = {{"user", user_id}}, .headers = {}, .body = {}};
  return read_answer(client_->send(what), parse_certificate);
}

schemas::result<void> remote_gateway::append_command(const schemas::command& asked) {
  request what{.verb = method::post,
               .path = "/api/v1/commands",
               .query = {},
               .headers = {{"content-type", std::string(json_type)}},
               .body = schemas::encode(asked)};
  return read_answer(client_->send(what), [](std::string_view) { return schemas::result<void>{}; });
}

} // namespace laurel::api
