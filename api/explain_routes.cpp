#include "api/explain_routes.hpp"

#include "api/explanation_document.hpp"
#include "api/problem.hpp"
#include "api/user_pages.hpp"

#include <utility>

namespace laurel::api {

namespace {

using schemas::errc;
using schemas::failure;
using schemas::result;

/// A key is one `key` a part, in order; a rule without a key is asked for without.
result<state::explain_request> request_of(const request& what, std::string user_id,
                                          std::string_view also_known) {
  state::explain_request wanted;
  wanted.user_id = std::move(user_id);
  for (const auto& [name, value] : what.query) {
    if (name == "rule")
      wanted.rule_id = value;
    else if (name == "key" && wanted.key)
      wanted.key->push_back(value);
    else if (name == "key")
      wanted.key = std::vector<std::string>{value};
    else if (name != also_known)
      return failure(errc::bad_input, "there is no parameter " + json_text(name));
  }
  if (wanted.rule_id.empty())
    return failure(errc::bad_input,
                   "say which rule: ?rule=ID; the progress of the user names them");
  return wanted;
}

response shown(const state::explanation& what) {
  response answer;
  answer.body = to_json(what) + "\n";
  return answer;
}

response explain_user(const edge_parts& with, const request& what, const std::string& user_id) {
  const auto wanted = request_of(what, user_id, {});
  if (!wanted)
    return problem(wanted.error());
  std::optional<position> at_least;
  if (const auto text = value_of(what.headers, "laurel-min-position")) {
    at_least = parse_position(*text);
    if (!at_least)
      return problem(400, "bad-position",
                     "Laurel-Min-Position is not what a Laurel-Position has said.");
  }
  const auto found = with.users->explain(*wanted, at_least, with.position_patience);
  if (!found)
    return problem(found.error());
  auto answer = shown(found->what);
  answer.headers.emplace_back("laurel-position", to_text(found->at));
  return answer;
}

} // namespace

void add_explain(handlers& to, const edge_parts& with) {
  to["user_explain"] = [with](const request& what, const path_values& path) {
    return explain_user(with, what, path.find("user")->second);
  };
}

void add_explain(handlers& to, gateway& pipeline) {
  auto* ask = &pipeline;
  to["explain"] = [ask](const request& what, const path_values&) {
    auto wanted = request_of(what, std::string(value_of(what.query, "user").value_or("")), "user");
    if (!wanted)
      return problem(wanted.error());
    wanted->for_operator = true; // Whoever may use the control socket.
    const auto found = ask->explain(*wanted);
    return found ? shown(*found) : problem(found.error());
  };
}

} // namespace laurel::api
