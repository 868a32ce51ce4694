#include "api/routes.hpp"

#include "api/catalogue_desk.hpp"
#include "api/documents.hpp"
#include "api/event_bodies.hpp"
#include "api/explain_routes.hpp"
#include "api/key_desk.hpp"
#include "api/problem.hpp"
#include "api/rule_desk.hpp"
#include "schemas/base/check.hpp"
#include "schemas/command_codec.hpp"

#include <algorithm>

namespace laurel::api {

namespace {

/// 204, or what went wrong.
response done_or_problem(const schemas::result<void>& done) {
  if (!done)
    return problem(done.error());
  response answer;
  answer.status = 204;
  answer.content_type.clear();
  return answer;
}

response show_user(gateway& pipeline, const std::string& user_id) {
  const auto view = pipeline.user(user_id);
  return view ? ok(to_json(*view)) : problem(view.error());
}

response show_status(gateway& pipeline) {
  const auto report = pipeline.status();
  return report ? ok(to_json(*report)) : problem(report.error());
}

response list_rules(gateway& pipeline) {
  const auto rules = pipeline.rules();
  return rules ? ok(to_json(*rules)) : problem(rules.error());
}

response show_rule(gateway& pipeline, const std::string& id) {
  const auto rules = pipeline.rules();
  if (!rules)
    return problem(rules.error());
  const auto found = std::ranges::find(*rules, id, &rule_summary::id);
  if (found == rules->end())
    return problem(404, "not-found", "There is no rule \"" + id + "\".");
  return ok(to_json(*found));
}

response retire_rule(gateway& pipeline, const std::string& id) {
  return done_or_problem(pipeline.retire_rule(id));
}

/// 200 even if some lines are bad: the others are in the log, and the answer lists both.
response append_events(gateway& pipeline, const request& what) {
  const auto lines = lines_of(what.body);
  if (lines.empty())
    return problem(400, "no-events", "The body holds no line. Send one event a line (NDJSON).");
  if (lines.size() > lines_per_request_max)
    return problem(413, "too-many-events",
                   "At most " + std::to_string(lines_per_request_max) + " lines a request.");
  const auto outcome = pipeline.append_events(lines);
  return outcome ? ok(to_json(*outcome)) : problem(outcome.error());
}

response append_command(gateway& pipeline, const request& what) {
  const auto asked = schemas::decode_command(what.body, {});
  if (!asked)
    return problem(asked.error().as_error());
  return done_or_problem(pipeline.append_command(*asked));
}

/// `GET /api/v1/users?id=`: for ids that a path cannot carry, such as one with a slash.
response show_user_by_query(gateway& pipeline, const request& what) {
  const auto id = value_of(what.query, "id");
  if (!id || id->empty())
    return problem(400, "no-user", "Name the user: /api/v1/users?id=USER or /api/v1/users/USER.");
  return show_user(pipeline, std::string(*id));
}

} // namespace

response show_erasure(gateway& pipeline, const std::string& user_id) {
  const auto found = pipeline.erasure(user_id);
  return found ? ok(to_json(*found)) : problem(found.error());
}

void add_rules(handlers& to, gateway& pipeline) {
  auto* ask = &pipeline;
  to["rules"] = [ask](const request&, const path_values&) { return list_rules(*ask); };
  to["rule"] = [ask](const request&, const path_values& path) {
    return show_rule(*ask, path.find("rule")->second);
  };
}

std::vector<route> v1_routes(gateway& pipeline) {
  auto* ask = &pipeline;
  handlers all;
  add_rules(all, pipeline);
  add_keys(all, pipeline);
  add_explain(all, pipeline);
  add_rule_life(all, pipeline);
  add_catalogue_desk(all, pipeline);
  all["user_by_id"] = [ask](const request& what, const path_values&) {
    return show_user_by_query(*ask, what);
  };
  all["user"] = [ask](const request&, const path_values& path) {
    return show_user(*ask, path.find("user")->second);
  };
  all["status"] = [ask](const request&, const path_values&) { return show_status(*ask); };
  all["retire_rule"] = [ask](const request&, const path_values& path) {
    return retire_rule(*ask, path.find("rule")->second);
  };
  all["append_events"] = [ask](const request& what, const path_values&) {
    return append_events(*ask, what);
  };
  all["erasure"] = [ask](const request& what, const path_values&) {
    return show_erasure(*ask, std::string(value_of(what.query, "user").value_or("")));
  };
  all["append_command"] = [ask](const request& what, const path_values&) {
    return append_command(*ask, what);
  };
  auto joined = join_routes(route_table(), surface::control, all);
  CHECK_ALWAYS(joined.has_value());
  return std::move(*joined);
}

} // namespace laurel::api
