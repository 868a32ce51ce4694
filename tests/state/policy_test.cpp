#include "tests/state/story.hpp"

#include <doctest/doctest.h>

#include <algorithm>

using namespace laurel;
using namespace laurel::tests;
using schemas::decision_kind;

namespace {

constexpr std::int64_t hour = 3'600'000;
constexpr std::int64_t day = 24 * hour;

/// A rule over check-ins with `members` after its condition.
std::string rule(const std::string& when, const std::string& members) {
  return R"({"id":"r","badge":"B","on":["checkin"],"when":)" + when + "," + members + "}";
}

std::string at_least(int target, const std::string& window = "") {
  return R"({"ge":[{"agg":{"f":"count")" + window + "}}," + std::to_string(target) + "]}";
}

/// "n from-to" in hours, "-" for what is held, "x" behind what expired.
std::vector<std::string> spans(const story& user) {
  std::vector<std::string> out;
  for (const auto& [id, one] : user.decided()) {
    if (one.kind == decision_kind::withdrawn)
      continue;
    const auto end = one.ended_at();
    out.push_back(std::to_string(one.n) + " " + std::to_string(one.granted_at.ms / hour) + "-"
                  + (end ? std::to_string(end->ms / hour) : "") + (one.expired_at ? "x" : ""));
  }
  std::sort(out.begin(), out.end());
  return out;
}

/// Tells the same events in several orders and pieces; what is decided must be the same.
std::vector<std::string> spans_in_any_order(const std::string& document, std::vector<told> events,
                                            std::int64_t until) {
  std::sort(events.begin(), events.end(), [](const told& a, const told& b) { return a.id < b.id; });
  std::optional<std::vector<std::string>> first;
  do {
    story user(rules_of({document}));
    user.set_horizon(1'000 * day);
    for (const auto& one : events) {
      user.tell({one});
      user.reload();
    }
    while (user.timer() && *user.timer() <= until) {
      user.advance(*user.timer());
      user.reload();
    }
    const auto now = spans(user);
    if (!first)
      first = now;
    if (now != *first) {
      std::string order;
      for (const auto& one : events)
        order += one.id + " ";
      FAIL_CHECK("told in the order " << order);
    }
  } while (std::next_permutation(events.begin(), events.end(),
                                 [](const told& a, const told& b) { return a.id < b.id; }));
  return first.value_or(std::vector<std::string>{});
}

using lines = std::vector<std::string>;

} // namespace

TEST_SUITE("policy") {
  TEST_CASE("grace keeps a badge for a while, and a dip that ends in time is forgotten") {
    const auto gold = rule(at_least(1, R"(,"win":{"last":"PT10H"})"),
                           R"("policy":{"revoke":"maintained","grace":"PT5H"})");

    CHECK(spans_in_any_order(gold, {checkin("a", 0), checkin("b", 14 * hour)}, 100 * hour)
          == lines{"1 0-29"}); // The dip from 10 to 14 was shorter than the grace.
    CHECK(spans_in_any_order(gold, {checkin("a", 0), checkin("b", 15 * hour)}, 100 * hour)
          == lines{"1 0-30"}); // True again at the very moment: it was not below then.
    CHECK(spans_in_any_order(gold, {checkin("a", 0), checkin("b", 16 * hour)}, 100 * hour)
          == lines{"1 0-15", "2 16-31"});
  }

  TEST_CASE("an event that comes late finds the dip of its time") {
    story user(rules_of({rule(at_least(2, R"(,"win":{"last":"PT10H"})"),
                              R"("policy":{"revoke":"maintained","grace":"PT5H"})")}));
    user.tell({checkin("a", 0), checkin("b", hour)});
    user.tell({checkin("c", 13 * hour), checkin("d", 14 * hour)}); // Below from 10 to 14.
    user.reload();
    user.tell({take_back("x", 15 * hour, "d")}); // And from 15 on.
    user.tell({checkin("e", 12 * hour)});
    user.advance(100 * hour);

    CHECK(spans(user) == lines{"1 1-27"}); // Two again from 13, until 22.
  }

  TEST_CASE("with every, progress is that to the next grant, also while others are held") {
    const auto coffee = rule(at_least(10), R"("policy":{"revoke":"until_redeemed","every":5})");
    story user(rules_of({coffee}));
    const auto progress_after = [&](int events) {
      static int n = 0;
      for (int i = 0; i < events; ++i, ++n)
        user.tell({checkin("p" + std::to_string(n), n * 1'000)});
      user.store();
      const auto view = state::view_user("ann", user.row_list(), user.rules()).value();
      REQUIRE(view.progress.size() == 1);
      const auto& leaf = view.progress[0].leaves.at(0);
      return leaf.value + " of " + leaf.target + ": "
             + std::to_string(static_cast<int>(view.progress[0].fraction * 100));
    };

    CHECK(progress_after(4) == "4 of 10: 40");
    CHECK(progress_after(6) == "10 of 15: 0");
    CHECK(progress_after(3) == "13 of 15: 60");
    CHECK(progress_after(2) == "15 of 20: 0");
  }

  TEST_CASE("every so much is a grant more, and a refund takes the last ones back") {
    const auto coffee = rule(at_least(2), R"("policy":{"revoke":"maintained","every":2})");
    story user(rules_of({coffee}));
    for (int i = 1; i <= 7; ++i)
      user.tell({checkin("c" + std::to_string(i), i * hour)});
    CHECK(spans(user) == lines{"1 2-", "2 4-", "3 6-"});

    user.tell({take_back("x", 8 * hour, "c1"), take_back("y", 9 * hour, "c2")});

    CHECK(spans(user) == lines{"1 2-", "2 4-", "3 6-9"});
    CHECK(spans_in_any_order(coffee,
                             {checkin("a", hour), checkin("b", 2 * hour), checkin("c", 3 * hour),
                              checkin("d", 4 * hour), take_back("x", 5 * hour, "b")},
                             10 * hour)
          == lines{"1 2-", "2 4-5"});
  }

  TEST_CASE("a jump over several steps makes as many grants at once") {
    story user(rules_of({R"({"id":"r","badge":"B","on":["buy"],"policy":{"every":"0.5"},
      "when":{"ge":[{"agg":{"f":"sum","of":{"var":"event.v"}}},1]}})"}));
    told one{"a", "buy", hour};
    one.attributes = {{"v", std::int64_t{3}}};

    CHECK(user.tell({one}).decisions.size() == 5); // At 1, 1.5, 2, 2.5 and 3.
    CHECK(user.tell({checkin("z", 2 * hour)}).decisions.empty());
  }

  TEST_CASE("a cooldown spaces grants out, and time alone makes up for it") {
    const auto slow = rule(at_least(1), R"("policy":{"every":1,"cooldown":"PT10H"})");

    CHECK(spans_in_any_order(slow, {checkin("a", 0), checkin("b", hour), checkin("c", 2 * hour)},
                             100 * hour)
          == lines{"1 0-", "2 10-", "3 20-"});
  }

  TEST_CASE("a badge expires when its time is over, and is not made again while it stays true") {
    const auto pass = rule(at_least(1), R"("valid":{"expires":{"after":"PT10H"}})");
    story user(rules_of({pass}));
    user.tell({checkin("a", 0)});
    user.store();
    CHECK(user.timer() == 10 * hour);

    const auto out = user.advance(10 * hour);

    REQUIRE(out.decisions.size() == 1);
    CHECK(out.decisions[0].kind == decision_kind::expired);
    CHECK(out.decisions[0].expired_at->ms == 10 * hour);
    CHECK_FALSE(out.decisions[0].revoked_at);
    CHECK(user.tell({checkin("b", 11 * hour)}).decisions.empty());
    CHECK(spans_in_any_order(
            pass, {checkin("a", 0), checkin("b", 10 * hour), checkin("c", 30 * hour)}, 100 * hour)
          == lines{"1 0-10x"});
  }

  TEST_CASE("one that expired is made again once its condition has fallen and risen") {
    const auto pass =
      rule(at_least(1, R"(,"win":{"last":"PT20H"})"),
           R"("policy":{"revoke":"maintained"},"valid":{"expires":{"after":"PT5H"}})");

    CHECK(spans_in_any_order(
            pass, {checkin("a", 0), checkin("b", 10 * hour), checkin("c", 40 * hour)}, 100 * hour)
          == lines{"1 0-5x", "2 40-45x"});
  }

  TEST_CASE("a tier lasts to the end of the month after it was won, in the user's zone") {
    story user(
      rules_of({rule(at_least(1), R"("valid":{"expires":{"cal_end":"month","plus":"P1D"}})")}));
    auto one = checkin("a", ms("2026-01-31T23:30:00Z")); // February in Berlin.
    one.zone = "Europe/Berlin";
    user.tell({one});
    user.reload();

    CHECK(user.timer() == ms("2026-03-01T23:00:00Z")); // 2 March, 00:00 there.
  }

  TEST_CASE("nothing is granted before and after what is valid; what is held goes on") {
    const auto spring =
      rule(at_least(1), R"("valid":{"from":"1970-01-01T05:00:00Z","to":"1970-01-01T10:00:00Z"})");

    CHECK(spans_in_any_order(spring, {checkin("a", hour), checkin("b", 20 * hour)}, 100 * hour)
          == lines{"1 5-"}); // By time alone.
    CHECK(spans_in_any_order(spring, {checkin("a", 10 * hour)}, 100 * hour).empty());
  }

  TEST_CASE("refund: full_only waits until nothing is left, ignore never looks") {
    const auto spend = [](const std::string& refund) {
      return R"({"id":"r","badge":"B","on":["buy"],"policy":{"revoke":"maintained","refund":")"
             + refund
             + R"("},"when":{"ge":[{"agg":{"f":"sum","of":{"var":"event.amount"},)"
               R"("currency":"EUR"}},1]}})";
    };
    const auto buy = [](const std::string& id, std::int64_t at, std::int64_t cents,
                        const std::string& retracts = "") {
      told out{id, retracts.empty() ? "buy" : "refund", at};
      out.cents = cents;
      out.retracts = retracts;
      return out;
    };
    const std::vector<told> events{buy("a", hour, 100), buy("b", 2 * hour, 50, "a"),
                                   buy("c", 3 * hour, 50, "a")};

    CHECK(spans_in_any_order(spend("proportional"), events, day) == lines{"1 1-2"});
    CHECK(spans_in_any_order(spend("full_only"), events, day) == lines{"1 1-3"});
    CHECK(spans_in_any_order(spend("ignore"), events, day) == lines{"1 1-"});
  }

  TEST_CASE("what does not go together is refused with its place") {
    const auto faults_of = [](const std::string& document) {
      std::string out;
      for (const auto& one : state::rules::compile_rule(document).faults)
        out += one.path + " ";
      return out;
    };

    CHECK(faults_of(rule(at_least(1), R"("policy":{"grace":"P1D"})")) == "/policy/grace ");
    CHECK(faults_of(rule(at_least(1), R"("policy":{"every":0})")) == "/policy/every ");
    CHECK(faults_of(rule(R"({"not":)" + at_least(1) + "}", R"("policy":{"every":2})"))
          == "/policy/every ");
    CHECK(faults_of(rule(at_least(1), R"("policy":{"refund":"half"})")) == "/policy/refund ");
    CHECK(faults_of(
            rule(at_least(1), R"("valid":{"expires":{"after":"P1D","at":"2026-01-01T00:00:00Z"}})"))
          == "/valid/expires ");
    CHECK(faults_of(rule(at_least(1),
                         R"("valid":{"from":"2026-01-02T00:00:00Z","to":"2026-01-01T00:00:00Z"})"))
          == "/valid ");
  }
}
