#include "tests/state/story.hpp"

#include <doctest/doctest.h>

using namespace laurel;
using namespace laurel::tests;

namespace {

constexpr std::int64_t hour = 3'600'000;
constexpr std::int64_t day = 24 * hour; // Two of which the engagement history is kept.

told event_of(const std::string& id, const std::string& type, std::int64_t at) {
  auto event = checkin(id, at);
  event.type = type;
  return event;
}

told paid(const std::string& id, std::int64_t at, std::int64_t cents) {
  auto event = event_of(id, "purchase", at);
  event.from = schemas::input::transaction;
  event.cents = cents;
  return event;
}

} // namespace

TEST_SUITE("what the history no longer has") {
  TEST_CASE("a retraction from before its original counts as long as that does") {
    story user(rules_of({
      R"({"id":"twice","badge":"Twice","on":["checkin"],
          "when":{"seq":{"steps":[{"on":"checkin"},{"on":"checkin"}],"within":"PT60H"}}})"}));
    user.tell({take_back("r", 3 * hour, "a"), event_of("x", "share", 4 * hour),
               event_of("a", "checkin", 10 * hour), event_of("b", "checkin", 45 * hour)});
    for (int i = 0; i < 70; ++i) // Now and then the history is trimmed.
      user.tell({event_of("s" + std::to_string(i), "share", (49 + i) * hour)});
    user.tell({event_of("far", "checkin", 112 * hour)}); // What b began is over by then.
    user.tell({event_of("late", "checkin", 109 * hour)});

    REQUIRE(user.lines().size() == 1);
    CHECK(user.lines()[0] == "twice Twice [] 1 403200000 far");
  }

  TEST_CASE("an event that comes when its other input has been forgotten counts all the same") {
    story user(rules_of({
      R"({"id":"buyer","badge":"Buyer","on":["checkin","purchase"],
          "when":{"ge":[{"agg":{"f":"count","on":["purchase"]}},1]}})",
      R"({"id":"cheap","badge":"Cheap","on":["checkin","purchase"],
          "when":{"lt":[{"agg":{"f":"first","of":{"var":"event.amount"},"currency":"EUR"}},2]}})"}));
    for (int i = 0; i < 200; ++i) // Of the first days nothing is kept.
      user.tell({event_of("c" + std::to_string(i), "checkin", i * hour)});
    user.tell({paid("p", day, 25)});

    REQUIRE(user.decided().size() == 2);
    for (const auto& [id, one] : user.decided())
      CHECK(one.cause == "p");
    user.reload();
    user.tell({paid("q", 2 * day, 100'000)}); // Is not the first.
    CHECK(user.lines().size() == 2);
  }

  TEST_CASE("what a rule has emitted can end long after its history was forgotten") {
    story user(rules_of({
      R"({"id":"few","emit":{"type":"few","fields":{"value":3}},"on":["checkin"],
          "policy":{"revoke":"maintained"},"when":{"le":[{"agg":{"f":"count"}},1]}})",
      R"({"id":"still","badge":"Still","on":["few"],"policy":{"revoke":"maintained"},
          "when":{"ge":[{"agg":{"f":"max","of":{"var":"event.value"}}},3]}})"}));
    user.tell({event_of("a", "checkin", hour)});
    for (int i = 0; i < 100; ++i)
      user.tell({event_of("s" + std::to_string(i), "few_others", (2 + i) * hour)});
    CHECK_FALSE(user.decided().begin()->second.ended_at().has_value());
    user.tell({event_of("b", "checkin", 200 * hour)});

    REQUIRE(user.decided().size() == 1);
    CHECK(user.decided().begin()->second.ended_at() == schemas::event_time{200 * hour});
  }

  TEST_CASE("what the other input takes back stays taken back") {
    story user(rules_of({
      R"({"id":"three","badge":"Three","on":["checkin"],"policy":{"revoke":"maintained"},
          "when":{"ge":[{"agg":{"f":"max","of":{"var":"event.points"}}},3]}})"}));
    auto many = event_of("m", "checkin", hour);
    many.attributes = {{"points", std::int64_t{5}}};
    auto back = take_back("r", 2 * hour, "m");
    back.from = schemas::input::transaction;
    user.tell({many, back});
    CHECK(user.decided().begin()->second.ended_at().has_value());
    for (int i = 0; i < 200; ++i) {
      auto few = event_of("f" + std::to_string(i), "checkin", (3 + i) * hour);
      few.attributes = {{"points", std::int64_t{1}}};
      user.tell({few});
    }
    auto late = event_of("late", "checkin", 190 * hour);
    late.attributes = {{"points", std::int64_t{2}}};
    user.tell({late});

    REQUIRE(user.decided().size() == 1);
    CHECK(user.decided().begin()->second.ended_at().has_value());
  }
}
