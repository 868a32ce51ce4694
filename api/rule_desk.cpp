#include "api/rule_desk.hpp"

#include "api/documents.hpp"
#include "api/problem.hpp"
#include "api/read_answer.hpp"

#include <nlohmann/json.hpp>

#include <array>
#include <optional>
#include <utility>

namespace laurel::api {

namespace {

using json = nlohmann::ordered_json;
using schemas::errc;
using schemas::failure;
using schemas::result;

constexpr std::array<std::string_view, 3> stage_names{"draft", "shadow", "active"};

std::string_view name_of(rule_stage as) {
  return stage_names[static_cast<std::size_t>(as)];
}

std::optional<rule_stage> parse_stage(std::string_view name) {
  for (std::size_t i = 0; i < stage_names.size(); ++i) {
    if (stage_names[i] == name)
      return static_cast<rule_stage>(i);
  }
  return std::nullopt;
}

std::string dump(const json& document) {
  return document.dump(-1, ' ', false, json::error_handler_t::replace);
}

response answer_of(const result<publish_outcome>& outcome) {
  if (!outcome)
    return problem(outcome.error());
  if (outcome->faults.empty())
    return ok(to_json(*outcome));
  std::vector<problem_detail> errors;
  for (const auto& fault : outcome->faults)
    errors.push_back({fault.path, fault.message});
  return problem(422, "rule-faults", "The rule has faults; nothing was changed.", errors);
}

/// Runs `use` with the desk, the rule that the path names, and the request.
template <class Use>
handler with_desk(gateway& pipeline, Use use) {
  return [ask = &pipeline, use](const request& what, const path_values& path) {
    auto* desk = ask->rule_life();
    if (desk == nullptr)
      return problem(schemas::error{errc::not_found, "this process has no catalog of rules"});
    const auto rule = path.find("rule");
    return use(*desk, rule != path.end() ? rule->second : std::string{}, what);
  };
}

response publish(gateway& pipeline, const request& what) {
  const auto as = parse_stage(value_of(what.query, "as").value_or("active"));
  if (!as)
    return problem(400, "no-stage", "as= is draft, shadow or active.");
  if (*as == rule_stage::active)
    return answer_of(pipeline.publish_rule(what.body));
  auto* desk = pipeline.rule_life();
  if (desk == nullptr)
    return problem(schemas::error{errc::not_found, "this process cannot try rules"});
  return answer_of(desk->publish(what.body, *as));
}

result<publish_outcome> read_outcome(const result<response>& answer) {
  if (answer && answer->status == 422)
    return parse_rule_faults(answer->body);
  return read_answer(answer, parse_publish);
}

request posted(std::string path, fields query, std::string body) {
  return {.verb = method::post,
          .path = std::move(path),
          .query = std::move(query),
          .headers = {{"content-type", std::string(json_type)}},
          .body = std::move(body)};
}

std::string path_of(const std::string& id, std::string_view what) {
  return "/api/v1/rules/" + percent_encode(id) + "/" + std::string(what);
}

rule_trial trial_of(const json& in) {
  rule_trial trial{in.at("id"), in.at("version"), in.at("since_ms"), {}};
  for (const auto& badge : in.at("badges"))
    trial.badges.push_back({badge.at("badge_id"), badge.at("grants"), badge.at("users_ever"),
                            badge.at("users_holding"), badge.at("examples")});
  return trial;
}

} // namespace

std::string shown(const std::vector<rule_version>& versions) {
  json list = json::array();
  for (const auto& each : versions)
    list.push_back({{"version", each.version}, {"state", each.state}, {"document", each.document}});
  return dump({{"versions", std::move(list)}});
}

std::string shown(const rule_trial& trial) {
  json badges = json::array();
  for (const auto& badge : trial.badges)
    badges.push_back({{"badge_id", badge.badge_id},
                      {"grants", badge.grants},
                      {"users_ever", badge.users_ever},
                      {"users_holding", badge.users_holding},
                      {"examples", badge.examples}});
  return dump({{"id", trial.id},
               {"version", trial.version},
               {"since_ms", trial.since_ms},
               {"badges", std::move(badges)}});
}

void add_rule_life(handlers& to, gateway& pipeline) {
  using text = std::string;
  to["publish_rule"] = [ask = &pipeline](const request& what, const path_values&) {
    return publish(*ask, what);
  };
  to["activate_rule"] =
    with_desk(pipeline, [](rule_desk& desk, const text& rule, const request& what) {
      return answer_of(desk.activate(rule, text(value_of(what.query, "version").value_or(""))));
    });
  to["roll_back_rule"] = with_desk(pipeline, [](rule_desk& desk, const text& rule, const request&) {
    return answer_of(desk.roll_back(rule));
  });
  to["rule_versions"] = with_desk(pipeline, [](rule_desk& desk, const text& rule, const request&) {
    const auto all = desk.versions(rule);
    return all ? ok(shown(*all)) : problem(all.error());
  });
  to["rule_trial"] = with_desk(pipeline, [](rule_desk& desk, const text& rule, const request&) {
    const auto found = desk.trial(rule);
    return found ? ok(shown(*found)) : problem(found.error());
  });
  to["end_trial"] = with_desk(pipeline, [](rule_desk& desk, const text& rule, const request&) {
    const auto done = desk.end_trial(rule);
    return done ? ok("{}") : problem(done.error());
  });
}

// -- the desk of another process ------------------------------------------------------------------

result<publish_outcome> remote_rule_desk::publish(const std::string& document, rule_stage as) {
  return read_outcome(
    client_.send(posted("/api/v1/rules", {{"as", std::string(name_of(as))}}, document)));
}

result<publish_outcome> remote_rule_desk::activate(const std::string& id,
                                                   const std::string& version) {
  fields query;
  if (!version.empty())
    query.emplace_back("version", version);
  return read_outcome(client_.send(posted(path_of(id, "activate"), std::move(query), "")));
}

result<publish_outcome> remote_rule_desk::roll_back(const std::string& id) {
  return read_outcome(client_.send(posted(path_of(id, "rollback"), {}, "")));
}

result<void> remote_rule_desk::end_trial(const std::string& id) {
  request what{
    .verb = method::del, .path = path_of(id, "trial"), .query = {}, .headers = {}, .body = {}};
  return read_json(client_.send(what), [](const json&) { return true; }).map([](bool) {});
}

result<std::vector<rule_version>> remote_rule_desk::versions(const std::string& id) {
  request what{.path = path_of(id, "versions"), .query = {}, .headers = {}, .body = {}};
  return read_json(client_.send(what), [](const json& in) {
    std::vector<rule_version> all;
    for (const auto& each : in.at("versions"))
      all.push_back({each.at("version"), each.at("state"), each.at("document")});
    return all;
  });
}

result<rule_trial> remote_rule_desk::trial(const std::string& id) {
  request what{.path = path_of(id, "trial"), .query = {}, .headers = {}, .body = {}};
  return read_json(client_.send(what), trial_of);
}

} // namespace laurel::api
