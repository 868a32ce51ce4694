#include "api/access.hpp"
#include "api/edge_routes.hpp"

#include "tests/api/fake_gateway.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

using namespace laurel;
using namespace laurel::api;

namespace {

class fake_users final : public user_source {
public:
  schemas::result<placed_user> read(const std::string& user_id,
                                    const std::optional<position>& at_least,
                                    std::chrono::milliseconds patience) override {
    if (at_least && !now.includes(*at_least))
      return schemas::failure(schemas::errc::transient,
                              "not within " + std::to_string(patience.count()));
    if (user_id != "ada")
      return placed_user{now, std::nullopt};
    state::user_view view;
    view.user_id = "ada";
    schemas::decision last;
    last.grant_id = "g";
    last.badge_id = "star";
    last.user_id = "ada";
    view.badges.push_back({last});
    return placed_user{now, view};
  }

  schemas::result<placed_explanation> explain(state::explain_request what,
                                              const std::optional<position>&,
                                              std::chrono::milliseconds) override {
    asked = what;
    if (what.user_id != "ada")
      return schemas::failure(schemas::errc::not_found, "nobody knows " + what.user_id);
    state::explanation out;
    out.user_id = what.user_id;
    out.rule_id = what.rule_id;
    out.missing = {"2 more checkin"};
    return placed_explanation{now, out};
  }

  schemas::result<position> where(const std::string&) override { return now; }

  position now{2, 5, {10, 20}};
  std::optional<state::explain_request> asked;
};

struct world {
  tests::fake_gateway engine;
  fake_users users;
  std::string fault;
  std::unique_ptr<router> routes;

  explicit world(bool shows_docs = true) {
    auto joined = join_routes(route_table(), surface::edge,
                              edge_handlers({.pipeline = &engine,
                                             .users = &users,
                                             .checks = {{"log", [] { return std::string{}; }},
                                                        {"disk", [this] { return fault; }}},
                                             .shows_docs = shows_docs,
                                             .now_ms = [] { return std::int64_t{1'000}; }}));
    routes = std::make_unique<router>(std::move(*joined));
  }

  response get(const std::string& target, fields headers = {}) const {
    request what;
    REQUIRE(parse_target(target, what));
    what.headers = std::move(headers);
    return routes->handle(what);
  }
};

} // namespace

TEST_SUITE("edge routes") {
  TEST_CASE("every answer about a user says what it is true at, also that there is none") {
    world w;
    const auto at = to_text(w.users.now);

    for (const auto* const path : {"", "/badges", "/badges/star", "/progress", "/history"}) {
      const auto answer = w.get(std::string("/api/v1/users/ada") + path);
      CHECK_MESSAGE(answer.status == 200, path);
      CHECK_MESSAGE(value_of(answer.headers, "laurel-position") == at, path);
      CHECK_MESSAGE(nlohmann::json::accept(answer.body), path);
    }
    CHECK(w.get("/api/v1/users?id=ada").status == 200);
    const auto unknown = w.get("/api/v1/users/bob/badges");
    CHECK(unknown.status == 404);
    CHECK(value_of(unknown.headers, "laurel-position") == at);
    CHECK(w.get("/api/v1/users/ada/badges/moon").status == 404);
  }

  TEST_CASE("nothing older than a position asked for is answered") {
    world w;
    const auto later = to_text({2, 6, {11, 20}});

    CHECK(w.get("/api/v1/users/ada", {{"laurel-min-position", to_text(w.users.now)}}).status
          == 200);
    const auto answer = w.get("/api/v1/users/ada", {{"laurel-min-position", later}});
    CHECK(answer.status == 503);
    CHECK(value_of(answer.headers, "retry-after").has_value());
    CHECK(w.get("/api/v1/users/ada", {{"laurel-min-position", "rubbish"}}).status == 400);
  }

  TEST_CASE("parameters that are wrong or unknown are told, not passed over") {
    world w;

    for (const auto* const query :
         {"limit=0", "limit=201", "limit=x", "cursor=!", "state=lost", "stat=held"})
      CHECK_MESSAGE(w.get(std::string("/api/v1/users/ada/badges?") + query).status == 422, query);
    CHECK(w.get("/api/v1/users/ada/badges?limit=200&state=held,revoked").status == 200);
    CHECK(w.get("/api/v1/users/ada/history?state=held").status == 422);
    CHECK(w.get("/api/v1/users").status == 400);
  }

  TEST_CASE("why a badge is held or not is asked by rule, and by key if it has one") {
    world w;

    const auto answer = w.get("/api/v1/users/ada/explain?rule=posts&key=p%2F1&key=de");

    CHECK(answer.status == 200);
    CHECK(value_of(answer.headers, "laurel-position") == to_text(w.users.now));
    const auto body = nlohmann::json::parse(answer.body);
    CHECK(body["rule_id"] == "posts");
    CHECK(body["missing"] == nlohmann::json{"2 more checkin"});
    CHECK(body["rule_version"].is_null());
    REQUIRE(w.users.asked.has_value());
    CHECK(w.users.asked->key == std::vector<std::string>{"p/1", "de"});
    CHECK_FALSE(w.users.asked->for_operator); // Hidden progress is not for whoever asks over HTTP.
    CHECK(w.get("/api/v1/users/bob/explain?rule=posts").status == 404);
    CHECK_FALSE(w.users.asked->key.has_value());
    CHECK(w.get("/api/v1/users/ada/explain").status == 422);
    CHECK(w.get("/api/v1/users/ada/explain?rule=posts&rul=x").status == 422);
  }

  TEST_CASE("a key for listed users sees no other, whichever way it asks") {
    world w;
    request what;
    what.who = std::make_shared<const principal>(
      principal{.id = "k", .scopes = scope_set::all(), .users = {"ada"}});
    REQUIRE(parse_target("/api/v1/users?id=bob", what));
    CHECK(w.routes->handle(what).status == 403);
    what.verb = method::post;
    what.path = "/api/v1/lookup";
    what.body = R"({"users":["ada","bob"]})";
    CHECK(w.routes->handle(what).status == 403);
    what.body = R"({"users":["ada"]})";
    CHECK(w.routes->handle(what).status == 200);
  }

  TEST_CASE("ready names what is not, live does not ask") {
    world w;
    CHECK(w.get("/ready").body
          == "{\"status\":\"ready\",\"checks\":{\"log\":\"ok\",\"disk\":\"ok\"}}\n");
    w.fault = "is full";

    const auto answer = w.get("/ready");

    CHECK(answer.status == 503);
    CHECK(answer.body.find("\"disk\":\"is full\"") != std::string::npos);
    CHECK(w.get("/live").status == 200);
    CHECK(w.get("/health").body == "{\"status\":\"ok\",\"service\":\"laurel\"}\n");
  }

  TEST_CASE("the description is off unless it is allowed") {
    CHECK(world(true).get("/openapi.json").status == 200);
    CHECK(world(true).get("/docs").content_type.starts_with("text/html"));
    CHECK(world(false).get("/openapi.json").status == 404);
    CHECK(world(false).get("/docs").status == 404);
  }
}
