#include "schemas/notification.hpp"

#include "tests/state/story.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

using namespace laurel;
using namespace laurel::tests;

namespace {

constexpr std::int64_t hour = 3'600'000;

std::string rule_with(const std::string& members) {
  return R"({"id":"r","badge":"B","on":["checkin"],"policy":{"revoke":"maintained"},
             "when":{"ge":[{"agg":{"f":"count"}},1]})"
         + members + "}";
}

} // namespace

TEST_SUITE("notifications") {
  TEST_CASE("of each kind that a rule names, the first decision about a grant is told, once") {
    story user(rules_of({rule_with(R"(,"notify":{"on":["granted","revoked"],"template":"t"},
                                       "award":{"reward":"one coffee","points":5})")}));

    const auto won = user.tell({checkin("c2", 2 * hour)});
    REQUIRE(won.notifications.size() == 1);
    const auto text = nlohmann::json::parse(schemas::encode(won.notifications.front()));
    CHECK(text["kind"] == "granted");
    CHECK(text["at"] == "1970-01-01T02:00:00.000Z");
    CHECK(text["template"] == "t");
    CHECK(text["award"] == nlohmann::json{{"points", 5}, {"reward", "one coffee"}});
    CHECK(text["grant_id"] == won.decisions.front().grant_id);

    user.reload();
    const auto moved = user.tell({checkin("c1", hour)});
    CHECK(moved.decisions.size() == 1); // Amended.
    CHECK(moved.notifications.empty());

    const auto lost = user.tell({take_back("u1", 3 * hour, "c1"), take_back("u2", 4 * hour, "c2")});
    REQUIRE(lost.notifications.size() == 1);
    CHECK(lost.notifications.front().what.kind == schemas::decision_kind::revoked);
    CHECK(lost.notifications.front().id != won.notifications.front().id);
  }

  TEST_CASE("a rule tells of grants unless it says otherwise, and without notify of nothing") {
    story silent(rules_of({rule_with(R"(,"award":{"x":1})")}));
    CHECK(silent.tell({checkin("c1", hour)}).notifications.empty());

    story plain(rules_of({rule_with(R"(,"notify":{})")}));
    CHECK(plain.tell({checkin("c1", hour)}).notifications.size() == 1);
    CHECK(plain.tell({take_back("u1", 2 * hour, "c1")}).notifications.empty());
  }

  TEST_CASE("what has been told of a grant that was withdrawn is not told again") {
    story user(rules_of({rule_with(R"(,"notify":{})")}));
    CHECK(user.tell({checkin("c2", 2 * hour)}).notifications.size() == 1);

    user.tell({take_back("u", 2 * hour, "c2")});
    user.reload();
    CHECK(user.tell({checkin("c3", 2 * hour)}).notifications.empty());
  }

  TEST_CASE("hidden progress is shown from the first grant on") {
    story user(rules_of({R"({"id":"r","badge":"B","on":["checkin"],"progress":"hidden",
      "policy":{"every":2},"when":{"ge":[{"agg":{"f":"count"}},2]}})"}));
    const auto progress = [&] {
      user.reload();
      return state::view_user("ann", user.row_list(), user.rules()).value().progress.size();
    };

    user.tell({checkin("c1", hour)});
    CHECK(progress() == 0);
    user.tell({checkin("c2", 2 * hour), checkin("c3", 3 * hour)});
    user.reload();
    CHECK(state::view_user("ann", user.row_list(), user.rules()).value().badges.size() == 1);
    user.tell({take_back("u", 3 * hour + 1, "c3")});
    CHECK(progress() == 1); // Of the next one: with `every` there always is one.
  }
}
