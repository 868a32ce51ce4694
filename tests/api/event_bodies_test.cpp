#include "api/access.hpp"
#include "api/event_bodies.hpp"
#include "api/route_table.hpp"

#include "tests/api/fake_gateway.hpp"

#include <doctest/doctest.h>

using namespace laurel;
using namespace laurel::api;

namespace {

request body_of(const std::string& type, std::string text) {
  request what;
  what.verb = method::post;
  what.path = "/api/v1/events";
  what.headers = {{"content-type", type}};
  what.body = std::move(text);
  return what;
}

} // namespace

TEST_SUITE("event bodies") {
  TEST_CASE("one event, an array, lines and CloudEvents all come down to texts of events") {
    using texts = std::vector<std::string>;
    CHECK(events_of(body_of("application/json", R"( {"a":1} )")).value() == texts{R"({"a":1})"});
    CHECK(
      events_of(body_of("Application/JSON; charset=UTF-8", R"([{"a":1.50} ,{"b":[2]}])")).value()
      == texts{R"({"a":1.50})", R"({"b":[2]})"});
    CHECK(events_of(body_of("application/x-ndjson", "{1}\r\n\n{2}")).value()
          == texts{"{1}", "", "{2}"});
    CHECK(events_of(body_of("application/cloudevents+json", R"({"id":"1"})")).value()
          == texts{R"({"id":"1"})"});
    CHECK(events_of(body_of("application/cloudevents-batch+json", R"([{"id":"1"}])")).value()
          == texts{R"({"id":"1"})"});
  }

  TEST_CASE("what is no such body is refused with what to send instead") {
    for (const auto* const type : {"", "text/plain", "application/x-www-form-urlencoded",
                                   "application/json; charset=latin1"})
      CHECK_MESSAGE(events_of(body_of(type, "{}")).error().status == 415, type);
    for (const auto* const text : {"", "[{}", "[{}]]", "1", "[1,]", "\xff"})
      CHECK_MESSAGE(events_of(body_of("application/json", text)).error().status == 400, text);
    std::string lines;
    std::string array = "[1";
    for (std::size_t i = 0; i < lines_per_request_max; ++i) {
      lines += "{}\n";
      array += ",1";
    }
    CHECK(events_of(body_of("application/x-ndjson", lines)).has_value());
    CHECK(events_of(body_of("application/x-ndjson", lines + "{}")).error().status == 413);
    CHECK(events_of(body_of("application/json", array + "]")).error().status == 413);
  }

  TEST_CASE("good events are taken in and the others told by number") {
    tests::fake_gateway engine;

    const auto some =
      take_events(engine, body_of("application/json", R"([{"a":"{bad}"},{"b":1}])"));
    const auto none = take_events(engine, body_of("application/x-ndjson", "{bad}\n"));
    const auto empty = take_events(engine, body_of("application/x-ndjson", "\n\n"));

    CHECK(some.status == 200);
    CHECK(some.body.find(R"("appended":1,"faults":[{"line":1)") != std::string::npos);
    CHECK(engine.appended == std::vector<std::string>{R"({"b":1})"});
    CHECK(none.status == 422);
    CHECK(none.body.find("line 1") != std::string::npos);
    CHECK(empty.status == 400);
  }

  TEST_CASE("a log that takes nothing now says when to come again") {
    tests::fake_gateway engine;
    engine.failures_left = 1;

    const auto answer = take_events(engine, body_of("application/json", "{}"));

    CHECK(answer.status == 503);
    CHECK(value_of(answer.headers, "retry-after").has_value());
  }

  TEST_CASE("a key for listed users sends no events") {
    tests::fake_gateway engine;
    auto what = body_of("application/json", "{}");
    what.who = std::make_shared<const principal>(
      principal{.id = "k", .scopes = scope_set::all(), .users = {"ada"}});

    CHECK(take_events(engine, what).status == 403);
    CHECK(engine.batches == 0);
  }
}
