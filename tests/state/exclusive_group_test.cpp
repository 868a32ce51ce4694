#include "state/explanation.hpp"
#include "state/rules/rule_book.hpp"

#include "tests/state/story.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <set>

using namespace laurel;
using namespace laurel::tests;

namespace {

constexpr std::int64_t hour = 3'600'000;

/// Held while there were so many check-ins in the last hours.
std::string tier(const std::string& id, int rank, int least, int hours,
                 const std::string& more = "") {
  return R"({"id":")" + id + R"(","badge":")" + id
         + R"(","on":["checkin"],"policy":{"revoke":"maintained",)" + more
         + R"("group":{"name":"tier","rank":)" + std::to_string(rank)
         + R"(}},"when":{"ge":[{"agg":{"f":"count","win":{"last":"PT)" + std::to_string(hours)
         + R"(H"}}},)" + std::to_string(least) + "]}}";
}

const std::vector<std::string> tiers{tier("silver", 1, 1, 100), tier("gold", 2, 3, 10)};

/// In any order: rules that do not look at each other are decided in that of the book.
std::string texts(const state::evaluation& of) {
  std::set<std::string> all;
  for (const auto& each : of.decisions)
    all.insert(each.badge_id + " " + std::to_string(each.n) + " "
               + (each.revoked_at   ? "revoked"
                  : each.expired_at ? "expired"
                                    : "granted")
               + " " + (each.revoked_at ? each.revoke_cause : each.cause));
  std::string out;
  for (const auto& each : all)
    out += (out.empty() ? "" : ", ") + each;
  return out;
}

std::string joined(const std::vector<std::string>& lines) {
  std::string out;
  for (const auto& each : lines)
    out += (out.empty() ? "" : ", ") + each;
  return out;
}

} // namespace

TEST_SUITE("exclusive group") {
  TEST_CASE("the highest is held, and the lower one comes back when that is lost") {
    story user(rules_of(tiers));

    CHECK(texts(user.tell({checkin("c1", hour)})) == "silver 1 granted c1");
    CHECK(user.tell({checkin("c2", 2 * hour)}).decisions.empty());
    CHECK(texts(user.tell({checkin("c3", 3 * hour)})) == "gold 1 granted c3, silver 1 revoked c3");
    user.reload();
    CHECK(texts(user.advance(11 * hour))
          == "gold 1 revoked window_end, silver 2 granted window_end");
  }

  TEST_CASE("what is gained in one look with a higher one is never shown") {
    story user(rules_of(tiers));

    const auto won = user.tell({checkin("c1", hour), checkin("c2", hour), checkin("c3", hour)});

    CHECK(texts(won) == "gold 1 granted c3");
    CHECK(texts(user.advance(11 * hour))
          == "gold 1 revoked window_end, silver 1 granted window_end");
  }

  TEST_CASE("equal ranks do not displace each other, other groups neither") {
    auto other = tier("other", 9, 1, 10);
    other.replace(other.find("\"tier\""), 6, "\"else\"");
    story user(rules_of({tier("a", 1, 1, 10), tier("b", 1, 1, 10), other}));

    CHECK(user.tell({checkin("c1", hour)}).decisions.size() == 3);
  }

  TEST_CASE("something late moves what was shown") {
    story user(rules_of(tiers));
    user.tell({checkin("c1", hour)});
    user.tell({checkin("c3", 3 * hour)});

    user.tell({checkin("c4", 4 * hour)}); // Gold from 4:00 on.
    user.tell({checkin("c2", 2 * hour)}); // Gold from 3:00 on.

    CHECK(joined(user.lines())
          == "gold gold [] 1 10800000 c3, silver silver [] 1 3600000 c1 until 10800000 c3");
  }

  TEST_CASE("what ends by itself is told as expired, and what it displaced comes back") {
    auto gold = tier("gold", 2, 3, 10);
    gold.insert(gold.size() - 1, R"(,"valid":{"expires":{"after":"PT5H"}})");
    story user(rules_of({tiers[0], gold}));
    user.tell({checkin("c1", hour)});
    const auto won = user.tell({checkin("c2", 2 * hour), checkin("c3", 3 * hour)});

    const auto of_gold = std::find_if(won.decisions.begin(), won.decisions.end(),
                                      [](const auto& each) { return each.badge_id == "gold"; });
    REQUIRE(of_gold != won.decisions.end());
    CHECK(of_gold->expires_at == schemas::event_time{8 * hour});
    CHECK(texts(user.advance(9 * hour)) == "gold 1 expired c3, silver 2 granted window_end");
  }

  TEST_CASE("a rule that nothing of its own has touched is looked at when a higher one changes") {
    const std::string top =
      R"({"id":"top","badge":"Top","on":["refund"],"policy":{"group":{"name":"t","rank":2}},)"
      R"("when":{"ge":[{"agg":{"f":"count"}},1]},"valid":{"expires":{"after":"PT5H"}}})";
    const std::string none =
      R"({"id":"none","badge":"None","on":["buy"],"policy":{"group":{"name":"t","rank":1}},)"
      R"("when":{"not":{"ge":[{"agg":{"f":"count"}},1]}}})";
    story user(rules_of({top, none}));
    auto refund = checkin("r1", hour);
    refund.type = "refund";

    CHECK(texts(user.tell({refund})) == "Top 1 granted r1");
    CHECK(texts(user.advance(7 * hour)) == "None 1 granted window_end, Top 1 expired r1");
  }

  TEST_CASE("a group for each key is exclusive for itself") {
    const auto keyed = [](const std::string& id, int rank, int least) {
      return R"({"id":")" + id + R"(","badge":")" + id
             + R"( ${0}","on":["checkin"],"key":["place"],"policy":{"revoke":"maintained",)"
               R"("group":{"name":"of ${0}","rank":)"
             + std::to_string(rank) + R"(}},"when":{"ge":[{"agg":{"f":"count"}},)"
             + std::to_string(least) + "]}}";
    };
    story user(rules_of({keyed("low", 1, 1), keyed("high", 2, 2)}));
    const auto at = [](const std::string& id, std::int64_t when, const std::string& place) {
      auto event = checkin(id, when);
      event.attributes = {{"place", place}};
      return event;
    };
    user.tell({at("c1", hour, "x"), at("c2", 2 * hour, "y")});

    CHECK(texts(user.tell({at("c3", 3 * hour, "x")})) == "high x 1 granted c3, low x 1 revoked c3");
  }

  TEST_CASE("who looks at the badges of the group sees what is shown") {
    const std::string counts =
      R"({"id":"n","badge":"N","policy":{"revoke":"maintained"},"when":{"has":{"group":"tier","n":2}}})";
    const std::string looks =
      R"({"id":"s","badge":"S","policy":{"revoke":"maintained"},"when":{"has":{"badge":"silver"}}})";
    story user(rules_of({tiers[0], tiers[1], counts, looks}));

    CHECK(user.tell({checkin("c1", hour)}).decisions.size() == 2);
    const auto won = user.tell({checkin("c2", 2 * hour), checkin("c3", 3 * hour)});

    CHECK(texts(won) == "S 1 revoked c3, gold 1 granted c3, silver 1 revoked c3");
  }

  TEST_CASE("the user sees one badge, and progress of what the rule itself asks for") {
    const auto rules = rules_of(tiers);
    story user(rules);
    user.tell({checkin("c1", hour), checkin("c2", 2 * hour)});
    user.store();
    const auto before = state::view_user("ann", user.row_list(), rules);
    user.tell({checkin("c3", 3 * hour)});
    user.store();
    const auto after = state::view_user("ann", user.row_list(), rules);

    REQUIRE(before->progress.size() == 1);
    CHECK(before->progress[0].rule_id == "gold");
    CHECK(before->progress[0].badge_id == "gold");
    CHECK(before->progress[0].leaves[0].value == "2");
    CHECK(after->progress.empty());
    REQUIRE(after->badges.size() == 2);
    CHECK(std::count_if(after->badges.begin(), after->badges.end(),
                        [](const auto& each) { return !each.last.ended_at(); })
          == 1);
  }

  TEST_CASE("the condition of a rule in a group is explained, and why it is not shown") {
    const auto rules = rules_of(tiers);
    story user(rules);
    user.tell({checkin("c1", hour), checkin("c2", 2 * hour), checkin("c3", 3 * hour)});
    user.store();
    state::explain_request what;
    what.user_id = "ann";
    what.rule_id = "silver";
    what.now = {3 * hour};

    const auto told = state::explain(what, user.row_list(), rules);

    REQUIRE(told.has_value());
    CHECK(told->holds);
    REQUIRE(told->conditions.size() == 1);
    CHECK(told->conditions[0].value == "3");
    REQUIRE(told->grants.size() == 1);
    CHECK(told->grants[0].revoked_at.has_value());
    CHECK(std::any_of(told->notes.begin(), told->notes.end(), [](const auto& note) {
      return note.find("higher rank in the group \"tier\"") != std::string::npos;
    }));
    what.rule_id = "silver@own";
    CHECK(state::explain(what, user.row_list(), rules).error().code == schemas::errc::not_found);
  }

  TEST_CASE("a revoke by command ends what is shown, until the condition has fallen") {
    story user(rules_of(tiers));
    user.tell({checkin("c1", hour)});
    schemas::command what;
    what.id = "cmd";
    what.kind = schemas::command_kind::revoke;
    what.at = {2 * hour};
    what.badge_id = "silver";

    const auto done = user.ask(what);

    CHECK(done.problem.empty());
    CHECK(user.tell({checkin("c2", 3 * hour)}).decisions.empty());
  }

  TEST_CASE("a tier that is tried is displaced by those in force, and tells what it would show") {
    auto rules = rules_of({tiers[1]}).book->rules();
    const auto tried = state::rules::compile_rule(tiers[0]);
    REQUIRE(tried.rule != nullptr);
    rules.push_back(state::rules::shadow_of(*tried.rule));
    state::rules::active_rules active;
    active.book = std::make_shared<const state::rules::rule_book>(std::move(rules));
    active.effective_from.assign(active.book->rules().size(), schemas::event_time{0});
    story user(active);

    auto won = user.tell({checkin("c1", hour)});
    CHECK(won.decisions.empty());
    REQUIRE(won.trials.size() == 1);
    CHECK(won.trials[0].rule_id == "silver");
    won = user.tell({checkin("c2", 2 * hour), checkin("c3", 3 * hour)});

    CHECK(texts(won) == "gold 1 granted c3");
    REQUIRE(won.trials.size() == 1);
    CHECK(won.trials[0].revoked_at == schemas::event_time{3 * hour});
    user.reload();
    user.change_rules(rules_of({tiers[1], tiers[0]}));
    CHECK(user.tell({checkin("c4", 4 * hour)}).decisions.empty()); // Judged, and displaced.
    CHECK(texts(user.advance(12 * hour))
          == "gold 1 revoked window_end, silver 1 granted window_end");
  }

  TEST_CASE("the end of a badge of a group cannot be moved by hand") {
    auto silver = tiers[0];
    silver.insert(silver.size() - 1, R"(,"valid":{"expires":{"after":"PT50H"}})");
    story user(rules_of({silver}));
    user.tell({checkin("c1", hour)});
    schemas::command what;
    what.id = "cmd";
    what.kind = schemas::command_kind::extend;
    what.at = {2 * hour};
    what.badge_id = "silver";
    what.expires_at = schemas::event_time{90 * hour};

    CHECK(user.ask(what).problem == "in-group");
  }
}
