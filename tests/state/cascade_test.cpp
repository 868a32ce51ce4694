#include "tests/state/story.hpp"

#include <doctest/doctest.h>

#include <algorithm>

using namespace laurel;
using namespace laurel::tests;

namespace {

constexpr std::int64_t hour = 3'600'000;
constexpr std::int64_t day = 24 * hour;

/// First: one check-in, lost when that is taken back. Second: looks at First. Third: at Second.
const std::vector<std::string> chain{
  R"({"id":"third","badge":"Third","policy":{"revoke":"maintained"},"when":{"has":{"badge":"Second"}}})",
  R"({"id":"second","badge":"Second","policy":{"revoke":"maintained"},"when":{"has":{"badge":"First"}}})",
  R"({"id":"first","badge":"First","on":["checkin"],"policy":{"revoke":"maintained"},
      "when":{"ge":[{"agg":{"f":"count"}},1]}})"};

/// First, as above. The first post with a tag emits an event, the only one that reaches "#tag".
const std::vector<std::string> tagging{
  chain[2],
  R"({"id":"seen","emit":{"type":"tagged","fields":{"tag":"${0}"}},"on":["post"],"key":["tag"],
      "when":{"ge":[{"agg":{"f":"count"}},1]}})",
  R"({"id":"tag","badge":"#${0}","on":["tagged"],"key":["tag"],"when":{"has":{"badge":"First"}}})"};

told post(const std::string& id, std::int64_t at) {
  told out{id, "post", at};
  out.attributes = {{"tag", "x"}};
  return out;
}

/// "badge n from-to" in hours, of what stands.
std::vector<std::string> spans(const story& user) {
  std::vector<std::string> out;
  for (const auto& [id, one] : user.decided()) {
    if (one.kind == schemas::decision_kind::withdrawn)
      continue;
    const auto end = one.ended_at();
    out.push_back(one.badge_id + " " + std::to_string(one.n) + " "
                  + std::to_string(one.granted_at.ms / hour) + "-"
                  + (end ? std::to_string(end->ms / hour) : ""));
  }
  std::sort(out.begin(), out.end());
  return out;
}

const schemas::decision& decision_about(const state::evaluation& in, const std::string& badge) {
  const auto found = std::find_if(in.decisions.begin(), in.decisions.end(),
                                  [&](const auto& one) { return one.badge_id == badge; });
  REQUIRE(found != in.decisions.end());
  return *found;
}

} // namespace

TEST_SUITE("cascade") {
  TEST_CASE("what time ends both by itself and through an emitted event ends by that event") {
    story user(rules_of({
      R"({"id":"source","emit":{"type":"kept-up"},"on":["checkin"],"policy":{"revoke":"maintained"},
          "when":{"ge":[{"streak":{"unit":"day"}},2]}})",
      R"({"id":"taker","badge":"Taker","on":["kept-up","checkin"],"policy":{"revoke":"maintained"},
          "when":{"ge":[{"streak":{"unit":"day"}},2]}})"}));
    user.tell({checkin("a", hour), checkin("b", day + hour)});
    user.advance(4 * day); // Both are over when the third day has gone by.

    REQUIRE(user.decided().size() == 1);
    const auto& lost = user.decided().begin()->second;
    CHECK(lost.revoked_at == schemas::event_time{3 * day});
    CHECK(lost.revoke_cause.starts_with("emit:"));
    CHECK(lost.revoke_cause.ends_with(":end"));
  }

  TEST_CASE("what one event decides goes on to those who look at it, in the same call") {
    story user(rules_of(chain));

    const auto out = user.tell({checkin("a", hour)});

    CHECK(spans(user) == std::vector<std::string>{"First 1 1-", "Second 1 1-", "Third 1 1-"});
    const auto& first = decision_about(out, "First");
    const auto& second = decision_about(out, "Second");
    CHECK(first.parent.empty());
    CHECK(second.parent == first.grant_id);
    CHECK(decision_about(out, "Third").parent == second.grant_id);
    CHECK(decision_about(out, "Third").cause == "a");
  }

  TEST_CASE("a revoke takes back what stands on it, and a new grant brings it back") {
    story user(rules_of(chain));
    user.tell({checkin("a", hour), take_back("b", 2 * hour, "a"), checkin("c", 3 * hour)});

    CHECK(spans(user)
          == std::vector<std::string>{"First 1 1-2", "First 2 3-", "Second 1 1-2", "Second 2 3-",
                                      "Third 1 1-2", "Third 2 3-"});
  }

  TEST_CASE("any order of arrival, with the user stored in between, comes to the same") {
    std::vector<told> events{checkin("a", hour), take_back("b", 2 * hour, "a"),
                             checkin("c", 3 * hour), checkin("d", 4 * hour)};
    std::sort(events.begin(), events.end(),
              [](const auto& x, const auto& y) { return x.id < y.id; });
    const std::vector<std::string> expected{"First 1 1-2", "First 2 3-",  "Second 1 1-2",
                                            "Second 2 3-", "Third 1 1-2", "Third 2 3-"};
    do {
      story user(rules_of(chain));
      for (const auto& one : events) {
        user.tell({one});
        user.reload();
      }
      CHECK(spans(user) == expected);
    } while (std::next_permutation(events.begin(), events.end(),
                                   [](const auto& x, const auto& y) { return x.id < y.id; }));
  }

  TEST_CASE("a group is counted by different badges") {
    story user(
      rules_of({R"({"id":"region","badge":"Explorer of ${0}","on":["checkin"],"key":["region"],
           "policy":{"revoke":"maintained","group":{"name":"regional"}},
           "when":{"ge":[{"agg":{"f":"count"}},1]}})",
                R"({"id":"globe","badge":"Globetrotter","policy":{"revoke":"maintained"},
           "when":{"has":{"group":"regional","n":2}}})"}));
    const auto in_region = [](const std::string& id, std::int64_t at, const std::string& region) {
      auto out = checkin(id, at);
      out.attributes = {{"region", region}};
      return out;
    };

    user.tell({in_region("a", hour, "north"), in_region("b", 2 * hour, "north"),
               in_region("c", 3 * hour, "south"), take_back("d", 5 * hour, "c")});

    const auto all = spans(user);
    CHECK(std::count(all.begin(), all.end(), "Globetrotter 1 3-5") == 1);
  }

  TEST_CASE("a badge held for so long is granted when that time has passed") {
    story user(rules_of({chain[2], R"({"id":"loyal","badge":"Loyal",
                                       "when":{"has":{"badge":"First","for":"P2D"}}})"}));
    user.tell({checkin("a", hour)});
    user.reload();
    REQUIRE(user.timer());
    CHECK(*user.timer() == hour + 2 * day);

    const auto out = user.advance(3 * day);

    CHECK(decision_about(out, "Loyal").granted_at.ms == hour + 2 * day);
    CHECK(decision_about(out, "Loyal").cause == "window_end");
  }

  TEST_CASE("one lost before that time is up earns nothing") {
    story user(rules_of({chain[2], R"({"id":"loyal","badge":"Loyal",
                                       "when":{"has":{"badge":"First","for":"P2D"}}})"}));
    user.tell({checkin("a", hour), take_back("b", day, "a")});
    CHECK(user.advance(5 * day).decisions.empty());
  }

  TEST_CASE("a key is not looked at before its first event, whatever changes earlier") {
    story user(rules_of({chain[2],
                         R"({"id":"tag","badge":"#${0}","on":["post"],"key":["tag"],
                             "valid":{"from":"1970-01-01T05:00:00Z"},"when":{"has":{"badge":"First"}}})"}));
    user.tell({post("p", 6 * hour)});
    user.tell({checkin("a", hour)}); // Late: held long before the key was there.
    CHECK(spans(user) == std::vector<std::string>{"#x 1 6-", "First 1 1-"});
  }

  TEST_CASE("a key that only a withdrawn event had reached is not known any more") {
    story user(rules_of(tagging));
    user.tell({post("p", 6 * hour), take_back("t", 3 * hour, "p")}); // Taken back before it was.
    user.reload();
    user.tell({checkin("a", 8 * hour)});
    CHECK(spans(user) == std::vector<std::string>{"First 1 8-"});
    user.store();
    const auto view = state::view_user("ann", user.row_list(), user.rules()).value();
    for (const auto& one : view.progress)
      CHECK_MESSAGE(one.rule_id != "tag", "progress towards a badge of a key that is not there");

    user.tell({post("q", 9 * hour)});
    CHECK(spans(user) == std::vector<std::string>{"#x 1 9-", "First 1 8-"});
  }

  TEST_CASE("a key is known from the time to which an emitted event has moved") {
    story user(rules_of(tagging));
    user.tell({post("p", 5 * hour), checkin("a", 7 * hour), post("q", 9 * hour)});
    CHECK(spans(user) == std::vector<std::string>{"#x 1 7-", "First 1 7-"});

    user.tell({take_back("t", 3 * hour, "p")}); // So that the first is at 9.
    CHECK(spans(user) == std::vector<std::string>{"#x 1 9-", "First 1 7-"});
  }

  TEST_CASE("ever counts what is lost, held does not") {
    story user(rules_of({chain[2],
                         R"({"id":"ever","badge":"Ever","on":["share"],"when":{"and":[
                             {"ge":[{"agg":{"f":"count"}},1]},{"has":{"badge":"First","state":"ever"}}]}})",
                         R"({"id":"held","badge":"Held","on":["share"],"when":{"and":[
                             {"ge":[{"agg":{"f":"count"}},1]},{"has":{"badge":"First"}}]}})"}));
    user.tell({checkin("a", hour), take_back("b", 2 * hour, "a"), {"s", "share", 3 * hour}});
    CHECK(spans(user) == std::vector<std::string>{"Ever 1 3-", "First 1 1-2"});
  }
}
