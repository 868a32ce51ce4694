#include "tests/state/story.hpp"

#include <doctest/doctest.h>

#include <algorithm>

using namespace laurel;
using namespace laurel::tests;
using schemas::command;
using schemas::command_kind;
using schemas::decision_kind;

namespace {

constexpr std::int64_t hour = 3'600'000;
constexpr std::int64_t day = 24 * hour;

const std::string regular =
  R"({"id":"regular","badge":"Regular","on":["checkin"],"when":{"ge":[{"agg":{"f":"count"}},1]}})";
const std::string fragile =
  R"({"id":"fragile","badge":"Fragile","on":["checkin"],"policy":{"revoke":"maintained"},
      "when":{"ge":[{"agg":{"f":"count"}},1]}})";
const std::string coffee =
  R"({"id":"coffee","badge":"Coffee","on":["purchase"],"policy":{"revoke":"until_redeemed","every":2},
      "when":{"ge":[{"agg":{"f":"count"}},2]}})";
const std::string friends =
  R"({"id":"friends","badge":"Friends","policy":{"revoke":"maintained"},
      "when":{"has":{"badge":"Regular"}}})";
const std::string tier =
  R"({"id":"tier","badge":"Tier","on":["checkin"],"valid":{"expires":{"after":"P2D"}},
      "when":{"ge":[{"agg":{"f":"count"}},1]}})";

told event(const std::string& id, std::int64_t at, const std::string& type = "checkin") {
  return {id, type, at};
}
command asking(command_kind kind, const std::string& badge, std::int64_t at,
               const std::string& id = "k") {
  command what;
  what.id = id;
  what.kind = kind;
  what.badge_id = badge;
  what.at = {at};
  return what;
}

/// "badge n state at" of all that stands, sorted.
std::vector<std::string> states(const story& user) {
  std::vector<std::string> out;
  for (const auto& [id, one] : user.decided()) {
    if (one.kind == decision_kind::withdrawn)
      continue;
    auto line = one.badge_id + " " + std::to_string(one.n) + " ";
    if (one.redeemed_at)
      line += "redeemed " + std::to_string(one.redeemed_at->ms / hour);
    else if (one.revoked_at)
      line += "revoked " + std::to_string(one.revoked_at->ms / hour);
    else if (one.expired_at)
      line += "expired " + std::to_string(one.expired_at->ms / hour);
    else
      line += "held";
    if (one.debt_at)
      line += " owed " + std::to_string(one.debt_at->ms / hour) + " " + one.debt_cause;
    out.push_back(line);
  }
  std::sort(out.begin(), out.end());
  return out;
}

using strings = std::vector<std::string>;

} // namespace

TEST_SUITE("commands") {
  TEST_CASE("a badge granted by hand is held once, whoever asks how often") {
    story user(rules_of({regular}));

    const auto first = user.ask(asking(command_kind::grant, "Beta", hour, "a"));
    CHECK(first.problem == "");
    CHECK(first.revision == 1);
    CHECK(first.badge == "Beta");
    const auto again = user.ask(asking(command_kind::grant, "Beta", 2 * hour, "b"));
    CHECK(again.grant_id == first.grant_id);
    CHECK(again.revision == 1);
    CHECK(user.is_repeat(asking(command_kind::grant, "Beta", 3 * hour, "a")));
    CHECK(states(user) == strings{"Beta 1 held"});

    user.ask(asking(command_kind::revoke, "Beta", 4 * hour, "c"));
    const auto second = user.ask(asking(command_kind::grant, "Beta", 5 * hour, "d"));
    CHECK(second.grant_id != first.grant_id);
    CHECK(states(user) == strings{"Beta 1 revoked 4", "Beta 2 held"});
  }

  TEST_CASE("no rule sees a grant by hand, and one that is revoked is seen by those who look") {
    story user(rules_of({friends, regular}));

    user.ask(asking(command_kind::grant, "Regular", hour, "a"));
    CHECK(states(user) == strings{"Regular 1 held"});
    user.tell({event("c1", 2 * hour)});
    CHECK(states(user) == strings{"Friends 1 held", "Regular 1 held", "Regular 1 held"});
    // The older one goes first, so this is the one by hand.
    user.ask(asking(command_kind::revoke, "Regular", 3 * hour, "b"));
    CHECK(states(user) == strings{"Friends 1 held", "Regular 1 held", "Regular 1 revoked 3"});
    user.ask(asking(command_kind::revoke, "Regular", 4 * hour, "c"));
    CHECK(states(user)
          == strings{"Friends 1 revoked 4", "Regular 1 revoked 3", "Regular 1 revoked 4"});
  }

  TEST_CASE("what is revoked is not granted again while it stays true, only when it has fallen") {
    story user(rules_of({fragile}));
    user.tell({event("c1", hour)});

    user.ask(asking(command_kind::revoke, "Fragile", 2 * hour));
    user.tell({event("c2", 3 * hour)});
    CHECK(states(user) == strings{"Fragile 1 revoked 2"});
    user.tell({take_back("u1", 4 * hour, "c1"), take_back("u2", 5 * hour, "c2")});
    user.tell({event("c3", 6 * hour)});
    CHECK(states(user) == strings{"Fragile 1 revoked 2", "Fragile 2 held"});
  }

  TEST_CASE("something late does not undo a command") {
    story user(rules_of({regular}));
    user.tell({event("c2", 2 * hour)});
    user.ask(asking(command_kind::revoke, "Regular", 3 * hour));

    user.tell({event("c1", hour)});
    REQUIRE(user.decided().size() == 1);
    CHECK(user.decided().begin()->second.granted_at.ms == hour);
    CHECK(states(user) == strings{"Regular 1 revoked 3"});
  }

  TEST_CASE("a command of a past that the user has passed is obeyed in that past") {
    story user(rules_of({fragile}));
    user.tell({event("c1", hour), event("c2", 9 * hour)});

    CHECK(user.ask(asking(command_kind::revoke, "Fragile", 5 * hour)).problem == "");
    CHECK(states(user) == strings{"Fragile 1 revoked 5"});
  }

  TEST_CASE("what was redeemed and is taken back is owed, and earned back before the next") {
    story user(rules_of({coffee}));
    user.tell({event("p1", hour, "purchase"), event("p2", 2 * hour, "purchase")});
    CHECK(user.ask(asking(command_kind::redeem, "Coffee", 3 * hour, "a")).revision == 2);
    CHECK(states(user) == strings{"Coffee 1 redeemed 3"});

    user.tell({take_back("r", 4 * hour, "p2")});
    CHECK(states(user) == strings{"Coffee 1 redeemed 3 owed 4 r"});
    user.reload();
    user.tell({event("p3", 5 * hour, "purchase")});
    CHECK(states(user) == strings{"Coffee 1 redeemed 3"});
    user.tell({event("p4", 6 * hour, "purchase"), event("p5", 7 * hour, "purchase")});
    CHECK(states(user) == strings{"Coffee 1 redeemed 3", "Coffee 2 held"});

    // Late: one purchase less since then, so the debt was paid later and nothing is left over.
    user.reload();
    user.tell({take_back("r0", 7 * hour / 2, "p1")});
    CHECK(states(user) == strings{"Coffee 1 redeemed 3"});
  }

  TEST_CASE("only what the policy says is redeemed, and only once") {
    story user(rules_of({regular, coffee}));
    user.tell({event("c1", hour), event("p1", hour, "purchase"), event("p2", hour, "purchase")});

    CHECK(user.ask(asking(command_kind::redeem, "Regular", 2 * hour, "a")).problem
          == "not-redeemable");
    CHECK(user.ask(asking(command_kind::redeem, "Coffee", 2 * hour, "b")).problem == "");
    auto exact = asking(command_kind::redeem, "", 3 * hour, "c");
    exact.grant_id = user.ask(asking(command_kind::redeem, "Coffee", 2 * hour, "b")).grant_id;
    CHECK(user.ask(exact).problem == "not-held"); // Nobody gets a second coffee for it.
    exact.kind = command_kind::revoke;
    exact.id = "d";
    CHECK(user.ask(exact).problem == "not-held");
    CHECK(user.ask(asking(command_kind::pin, "Moon", 3 * hour, "e")).problem == "not-found");
  }

  TEST_CASE("a command that names a revision is done to no other") {
    story user(rules_of({regular}));
    user.tell({event("c1", hour)});
    auto what = asking(command_kind::pin, "Regular", 2 * hour, "a");
    what.if_revision = 2;

    CHECK(user.ask(what).problem == "version-mismatch");
    what.id = "b";
    what.if_revision = 1;
    CHECK(user.ask(what).revision == 2);
    CHECK(user.decided().begin()->second.is_pinned);
    CHECK(user.ask(asking(command_kind::unpin, "Regular", 3 * hour, "c")).revision == 3);
    CHECK_FALSE(user.decided().begin()->second.is_pinned);
  }

  TEST_CASE("an end moves, and it ends then") {
    story user(rules_of({tier, regular}));
    user.tell({event("c1", hour)});
    auto what = asking(command_kind::extend, "Tier", 2 * hour, "a");
    what.expires_at = schemas::event_time{5 * day};

    CHECK(user.ask(what).problem == "");
    user.advance(4 * day);
    CHECK(states(user) == strings{"Regular 1 held", "Tier 1 held"});
    user.advance(6 * day);
    CHECK(states(user) == strings{"Regular 1 held", "Tier 1 expired 120"});
    what.badge_id = "Regular";
    what.id = "b";
    CHECK(user.ask(what).problem == "no-expiry");
  }

  TEST_CASE("a grant by hand ends when it was said to, though nobody comes") {
    story user(rules_of({regular}));
    auto what = asking(command_kind::grant, "Beta", hour);
    what.expires_at = schemas::event_time{3 * hour};

    user.ask(what);
    CHECK(user.timer() == 3 * hour);
    user.advance(4 * hour);
    user.store();
    CHECK(states(user) == strings{"Beta 1 expired 3"});
    CHECK_FALSE(user.timer().has_value());
  }

  TEST_CASE("grants by hand stay when the rules change") {
    story user(rules_of({regular}));
    user.ask(asking(command_kind::grant, "Beta", hour, "a"));

    user.change_rules(rules_of({fragile}));
    user.tell({event("c1", 2 * hour)});
    user.reload();
    CHECK(user.ask(asking(command_kind::revoke, "Beta", 3 * hour, "b")).problem == "");
    CHECK(states(user) == strings{"Beta 1 revoked 3", "Fragile 1 held"});
  }

  TEST_CASE("the last outcomes are remembered, and no more") {
    story user(rules_of({regular}));
    for (std::size_t i = 0; i <= state::outcomes_max; ++i)
      user.ask(asking(command_kind::pin, "Moon", hour, "k" + std::to_string(i)));

    CHECK(user.is_repeat(asking(command_kind::pin, "Moon", hour, "k1")));
    CHECK_FALSE(user.is_repeat(asking(command_kind::pin, "Moon", hour, "k0")));
  }
}
