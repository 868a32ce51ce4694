#include "state/user_machine.hpp"

#include "tests/state/story.hpp"

#include <doctest/doctest.h>

using namespace laurel;
using namespace laurel::tests;
using schemas::decision_kind;
using state::event_fate;

namespace {

const std::string three_checkins =
  R"({"id":"three","badge":"Three","on":["checkin"],"when":{"ge":[{"agg":{"f":"count"}},3]}})";
const std::string big_spender =
  R"({"id":"big","badge":"Big","on":["purchase","refund"],"policy":{"revoke":"maintained"},
      "when":{"ge":[{"-":[{"agg":{"f":"sum","of":{"var":"event.amount"},"on":["purchase"],"currency":"EUR"}},
                          {"agg":{"f":"sum","of":{"var":"event.amount"},"on":["refund"],"currency":"EUR"}}]},100]}})";

told buy(const std::string& id, std::int64_t at, std::int64_t cents) {
  told out{id, "purchase", at, schemas::input::transaction};
  out.cents = cents;
  return out;
}
told refund(const std::string& id, std::int64_t at, std::int64_t cents) {
  auto out = buy(id, at, cents);
  out.type = "refund";
  return out;
}
} // namespace

TEST_SUITE("user_machine") {
  TEST_CASE("grants once, when the count is reached") {
    story user(rules_of({three_checkins}));

    const auto first = user.tell({checkin("a", 1), checkin("b", 2)});
    const auto then = user.tell({checkin("c", 3), checkin("d", 4)});

    CHECK(first.decisions.empty());
    REQUIRE(then.decisions.size() == 1);
    CHECK(then.decisions[0].kind == decision_kind::granted);
    CHECK(then.decisions[0].granted_at.ms == 3);
    CHECK(then.decisions[0].cause == "c");
    CHECK(then.decisions[0].badge_id == "Three");
    CHECK(then.decisions[0].n == 1);
  }

  TEST_CASE("counts an id once, on whichever input it comes") {
    story user(rules_of({three_checkins}));
    auto elsewhere = checkin("a", 5);
    elsewhere.from = schemas::input::transaction;

    const auto out = user.tell({checkin("a", 1), checkin("a", 1), checkin("b", 2), elsewhere});

    CHECK(out.fates
          == std::vector{event_fate::applied, event_fate::duplicate, event_fate::applied,
                         event_fate::duplicate});
    CHECK(user.lines().empty());
  }

  TEST_CASE("revokes a maintained badge and grants it again as another instance") {
    story user(rules_of({big_spender}));

    user.tell({buy("p1", 1, 12'000), refund("r1", 2, 5'000), buy("p2", 3, 3'000)});

    CHECK(user.lines()
          == std::vector<std::string>{"big Big [] 1 1 p1 until 2 r1", "big Big [] 2 3 p2"});
  }

  TEST_CASE("goes on after a reload as if nothing had happened") {
    story user(rules_of({three_checkins, big_spender}));

    user.tell({checkin("a", 1), buy("p1", 1, 9'999)});
    user.reload();
    user.tell({checkin("b", 2), checkin("a", 1)});
    user.reload();
    user.tell({buy("p2", 3, 1), checkin("c", 4)});

    CHECK(user.lines() == std::vector<std::string>{"big Big [] 1 3 p2", "three Three [] 1 4 c"});
  }

  TEST_CASE("an event beyond the horizon is late and changes nothing") {
    story user(rules_of({three_checkins}));
    user.set_horizon(10);

    const auto out = user.tell({checkin("a", 100), checkin("b", 89), checkin("c", 90)});

    CHECK(out.fates == std::vector{event_fate::applied, event_fate::late, event_fate::applied});
  }

  TEST_CASE("each input has a clock of its own") {
    story user(rules_of({three_checkins, big_spender}));
    user.set_horizon(10);

    const auto out = user.tell({checkin("a", 1'000), buy("p", 1, 1)});

    CHECK(out.fates == std::vector{event_fate::applied, event_fate::applied});
  }

  TEST_CASE("something late that lies before the crossing amends the grant") {
    story user(rules_of({three_checkins}));
    user.tell({checkin("b", 20), checkin("c", 30), checkin("d", 40)});

    const auto out = user.tell({checkin("a", 10)});

    REQUIRE(out.decisions.size() == 1);
    CHECK(out.decisions[0].kind == decision_kind::amended);
    CHECK(out.decisions[0].revision == 2);
    CHECK(out.decisions[0].granted_at.ms == 30);
    CHECK(out.decisions[0].cause == "c");
  }

  TEST_CASE("a retraction after the crossing leaves a permanent badge") {
    story user(rules_of({three_checkins}));

    user.tell({checkin("a", 1), checkin("b", 2), checkin("c", 3), take_back("x", 4, "a")});

    CHECK(user.lines() == std::vector<std::string>{"three Three [] 1 3 c"});
  }

  TEST_CASE("a late retraction from before the crossing withdraws it") {
    story user(rules_of({three_checkins}));
    user.tell({checkin("a", 1), checkin("b", 3), checkin("c", 5)});

    const auto out = user.tell({take_back("x", 4, "a")});

    REQUIRE(out.decisions.size() == 1);
    CHECK(out.decisions[0].kind == decision_kind::withdrawn);
    CHECK(user.tell({checkin("d", 6)}).decisions[0].kind == decision_kind::amended);
    CHECK(user.lines() == std::vector<std::string>{"three Three [] 1 6 d"});
  }

  TEST_CASE("a retraction waits for its original") {
    story user(rules_of({three_checkins}));

    user.tell({take_back("x", 1, "a"), checkin("a", 2), checkin("b", 3), checkin("c", 4)});

    CHECK(user.lines().empty());
  }

  TEST_CASE("events of equal time are one step, caused by the greatest id, however they come") {
    story together(rules_of({three_checkins}));
    story apart(rules_of({three_checkins}));

    together.tell({checkin("a", 1), checkin("z", 5), checkin("c", 5), checkin("b", 5)});
    apart.tell({checkin("a", 1)});
    for (const auto* id : {"b", "c", "z"})
      apart.tell({checkin(id, 5)});

    CHECK(together.lines() == std::vector<std::string>{"three Three [] 1 5 z"});
    CHECK(apart.lines() == together.lines());
  }
}
