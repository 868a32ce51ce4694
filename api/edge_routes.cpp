#include "api/edge_routes.hpp"

#include "api/catalogue_desk.hpp"
#include "api/command_routes.hpp"
#include "api/documents.hpp"
#include "api/event_bodies.hpp"
#include "api/explain_routes.hpp"
#include "api/openapi.hpp"
#include "api/problem.hpp"
#include "api/routes.hpp"
#include "api/user_pages.hpp"
#include "schemas/decision_codec.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace laurel::api {

namespace {

using schemas::errc;
using schemas::failure;
using schemas::result;

constexpr std::string_view health_body = "{\"status\":\"ok\",\"service\":\"laurel\"}\n";

response health() {
  response answer;
  answer.body = health_body;
  return answer;
}

/// {"status": "ready" | "degraded", "checks": {name: "ok" | what is wrong}}
response readiness(const std::vector<ready_check>& checks) {
  bool is_ready = true;
  std::string text;
  for (const auto& check : checks) {
    const auto fault = check.fault();
    is_ready = is_ready && fault.empty();
    text += (text.empty() ? "" : ",") + json_text(check.name) + ":"
            + json_text(fault.empty() ? "ok" : fault);
  }
  auto answer = ok("{\"status\":\"" + std::string(is_ready ? "ready" : "degraded")
                   + "\",\"checks\":{" + text + "}}");
  if (!is_ready) {
    answer.status = 503;
    answer.headers.emplace_back("retry-after", "1");
  }
  return answer;
}

// -- users --------------------------------------------------------------------------------------

/// What a page is made of: names in the query that are not known are a mistake, not a wish.
result<page_request> page_of(const request& what, bool with_filter) {
  page_request wanted;
  for (const auto& [name, value] : what.query) {
    if (name == "limit") {
      const auto [end, bad] =
        std::from_chars(value.data(), value.data() + value.size(), wanted.limit);
      if (bad != std::errc{} || end != value.data() + value.size() || wanted.limit < 1
          || wanted.limit > page_entries_max)
        return failure(errc::bad_input, "limit must be from 1 to 200");
    } else if (name == "cursor") {
      wanted.cursor = value;
    } else if (with_filter && name == "badge") {
      wanted.badge = value;
    } else if (with_filter && name == "state") {
      std::string_view rest = value;
      while (!rest.empty()) {
        const auto comma = std::min(rest.find(','), rest.size());
        wanted.states.emplace_back(rest.substr(0, comma));
        rest.remove_prefix(std::min(comma + 1, rest.size()));
        const auto& word = wanted.states.back();
        if (std::ranges::find(schemas::grant_states, word) == schemas::grant_states.end())
          return failure(errc::bad_input, "state must be held, revoked, expired, redeemed or "
                                          "withdrawn, or several of them with commas");
      }
    } else {
      return failure(errc::bad_input, "there is no parameter " + json_text(name));
    }
  }
  return wanted;
}

/// Answers about users: who may see whom, what position it is asked at and what it is true at.
class user_handlers {
public:
  explicit user_handlers(const edge_parts& with)
      : users_(with.users), patience_(with.position_patience) {}

  /// Reads the user and lets `show` make the body of it.
  template <class Show>
  response about(const request& what, const std::string& user_id, Show show) const {
    std::optional<position> at_least;
    if (const auto wanted = value_of(what.headers, "laurel-min-position")) {
      at_least = parse_position(*wanted);
      if (!at_least)
        return problem(400, "bad-position",
                       "Laurel-Min-Position is not what a Laurel-Position has said.");
    }
    const auto found = users_->read(user_id, at_least, patience_);
    if (!found)
      return problem(found.error());
    const bool is_known = found->view && found->view->has_state;
    auto answer = is_known ? shown(show(*found->view)) : unknown(user_id);
    answer.headers.emplace_back("laurel-position", to_text(found->at));
    return answer;
  }

  response lookup(const request& what) const {
    const auto ids = parse_lookup(what.body);
    if (!ids)
      return problem(ids.error());
    std::string text;
    for (const auto& id : *ids) {
      if (what.who != nullptr && !what.who->may_see(id))
        return problem(403, "forbidden", "The key is not for one of these users.");
      text += (text.empty() ? "" : ",") + lookup_entry(id, users_->read(id, {}, {}));
    }
    return ok("{\"users\":[" + text + "]}");
  }

private:
  static response shown(const result<std::string>& body) {
    return body ? ok(*body) : problem(body.error());
  }
  static response unknown(const std::string& user_id) {
    return problem(404, "not-found",
                   "User " + json_text(user_id)
                     + " has no state here: no event "
                       "of this user has been counted yet.");
  }

  user_source* users_;
  std::chrono::milliseconds patience_;
};

response user_by_query(const user_handlers& users, const request& what) {
  const auto id = value_of(what.query, "id");
  if (!id || id->empty())
    return problem(400, "no-user", "Name the user: /api/v1/users?id=USER or /api/v1/users/USER.");
  if (what.who != nullptr && !what.who->may_see(*id))
    return problem(403, "forbidden", "The key is not for this user.");
  return users.about(what, std::string(*id), [](const state::user_view& user) {
    return result<std::string>(to_json(user));
  });
}

/// One badge; none of it is "not found", however much else the user has earned.
response one_badge(const user_handlers& users, const request& what, const path_values& path) {
  const auto& badge = path.find("badge")->second;
  bool has_any = false;
  auto answer = users.about(what, path.find("user")->second, [&](const state::user_view& user) {
    for (const auto& each : user.badges)
      has_any = has_any || each.last.badge_id == badge;
    page_request wanted;
    wanted.badge = badge;
    wanted.limit = page_entries_max;
    return badge_page(user, wanted);
  });
  if (answer.status != 200 || has_any)
    return answer;
  auto none =
    problem(404, "not-found", "The user has never earned the badge " + json_text(badge) + ".");
  none.headers = std::move(answer.headers);
  return none;
}

void add_users(handlers& to, const edge_parts& with) {
  const user_handlers users(with);
  const auto whole = [](const state::user_view& user) {
    return result<std::string>(to_json(user));
  };
  to["user_by_id"] = [users](const request& what, const path_values&) {
    return user_by_query(users, what);
  };
  to["user"] = [users, whole](const request& what, const path_values& path) {
    return users.about(what, path.find("user")->second, whole);
  };
  to["user_badges"] = [users](const request& what, const path_values& path) {
    const auto wanted = page_of(what, true);
    if (!wanted)
      return problem(wanted.error());
    return users.about(what, path.find("user")->second,
                       [&](const state::user_view& user) { return badge_page(user, *wanted); });
  };
  to["user_badge"] = [users](const request& what, const path_values& path) {
    return one_badge(users, what, path);
  };
  to["user_progress"] = [users](const request& what, const path_values& path) {
    return users.about(what, path.find("user")->second, [](const state::user_view& user) {
      return result<std::string>(progress_page(user));
    });
  };
  to["user_history"] = [users](const request& what, const path_values& path) {
    const auto wanted = page_of(what, false);
    if (!wanted)
      return problem(wanted.error());
    return users.about(what, path.find("user")->second,
                       [&](const state::user_view& user) { return history_page(user, *wanted); });
  };
  to["users_lookup"] = [users](const request& what, const path_values&) {
    return users.lookup(what);
  };
}

// -- what describes itself -----------------------------------------------------------------------

void add_docs(handlers& to, bool shows_docs) {
  const auto off = [] {
    return problem(404, "docs-off",
                   "The description is not shown here; http.docs = true shows it.");
  };
  to["openapi"] = [shows_docs, off](const request&, const path_values&) {
    static const auto text = openapi_document(route_table());
    return shows_docs ? ok(text) : off();
  };
  to["docs"] = [shows_docs, off](const request&, const path_values&) {
    if (!shows_docs)
      return off();
    response answer;
    answer.content_type = "text/html; charset=utf-8";
    answer.body = docs_page(route_table());
    answer.headers.emplace_back("content-security-policy",
                                "default-src 'none'; style-src 'unsafe-inline'");
    return answer;
  };
}

} // namespace

handlers edge_handlers(const edge_parts& with) {
  handlers all;
  auto* ask = with.pipeline;
  all["live"] = [](const request&, const path_values&) { return health(); };
  all["health"] = all["live"];
  all["ready"] = [checks = with.checks](const request&, const path_values&) {
    return readiness(checks);
  };
  all["append_events"] = [ask](const request& what, const path_values&) {
    return take_events(*ask, what);
  };
  all["mint_watch"] = [desk = with.watches](const request& what, const path_values& path) {
    return desk->mint(what, path.find("user")->second);
  };
  all["watch"] = [desk = with.watches](const request& what, const path_values&) {
    return desk->open(what);
  };
  add_rules(all, *ask);
  add_badges(all, *ask);
  add_users(all, with);
  add_commands(all, with);
  add_explain(all, with);
  add_docs(all, with.shows_docs);
  return all;
}

} // namespace laurel::api
