#include "api/documents.hpp"
#include "api/routes.hpp"

#include "tests/api/fake_gateway.hpp"

#include <doctest/doctest.h>

using namespace laurel;
using namespace laurel::api;

namespace {

struct world {
  tests::fake_gateway engine;
  router routes{v1_routes(engine)};

  response ask(method verb, const std::string& target, const std::string& body = {}) {
    request what;
    what.verb = verb;
    what.body = body;
    REQUIRE(parse_target(target, what));
    return routes.handle(what);
  }
};

} // namespace

TEST_SUITE("routes") {
  TEST_CASE("a user is found by path, and by query where the id has a slash") {
    world w;
    w.engine.users["alice"].user_id = "alice";
    w.engine.users["a/b"].user_id = "a/b";

    CHECK(parse_user(w.ask(method::get, "/api/v1/users/alice").body)->user_id == "alice");
    CHECK(parse_user(w.ask(method::get, "/api/v1/users?id=a%2Fb").body)->user_id == "a/b");
    CHECK(w.ask(method::get, "/api/v1/users/nobody").status == 404);
    CHECK(w.ask(method::get, "/api/v1/users").status == 400);
  }

  TEST_CASE("a rule with faults is refused with all of them") {
    world w;

    const auto answer = w.ask(method::post, "/api/v1/rules", "{bad}");

    CHECK(answer.status == 422);
    CHECK(parse_rule_faults(answer.body)->faults.size() == 2);
    CHECK(w.ask(method::post, "/api/v1/rules", "{}").status == 200);
  }

  TEST_CASE("a rule is shown and retired by its id") {
    world w;
    w.engine.catalog.push_back({"r", "v", "active", R"({"id":"r"})"});

    CHECK(w.ask(method::get, "/api/v1/rules/r").status == 200);
    CHECK(w.ask(method::get, "/api/v1/rules/x").status == 404);
    CHECK(w.ask(method::del, "/api/v1/rules/r").status == 204);
    CHECK(w.ask(method::del, "/api/v1/rules/x").status == 404);
    CHECK(w.engine.catalog[0].state == "retired");
  }

  TEST_CASE("events are answered line by line, counting every line of the body") {
    world w;

    const auto answer = w.ask(method::post, "/api/v1/events", "{1}\r\n\n{bad}\n{2}");

    const auto outcome = parse_append(answer.body);
    REQUIRE(outcome.has_value());
    CHECK(outcome->appended == 2);
    REQUIRE(outcome->faults.size() == 1);
    CHECK(outcome->faults[0].line == 3);
    CHECK(w.engine.appended == std::vector<std::string>{"{1}", "{2}"});
  }

  TEST_CASE("an empty batch and one of too many lines are refused whole") {
    world w;

    CHECK(w.ask(method::post, "/api/v1/events").status == 400);
    CHECK(w.ask(method::post, "/api/v1/events", std::string(lines_per_request_max + 1, '\n')).status
          == 413);
    CHECK(w.engine.batches == 0);
  }

  TEST_CASE("a log that is busy is a 503 that says when to come again") {
    world w;
    w.engine.failures_left = 1;

    const auto answer = w.ask(method::post, "/api/v1/events", "{}");

    CHECK(answer.status == 503);
    CHECK(value_of(answer.headers, "retry-after").has_value());
  }
}
