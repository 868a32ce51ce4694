#include "state/explanation.hpp"

#include "tests/state/story.hpp"

#include <doctest/doctest.h>

using namespace laurel;
using namespace laurel::tests;

namespace {

state::explanation explained(story& user, const std::string& rule, const std::string& now,
                             std::optional<std::vector<std::string>> key = {}) {
  user.store();
  const auto out =
    state::explain({"ann", rule, std::move(key), {ms(now)}}, user.row_list(), user.rules());
  INFO((out ? "" : out.error().message));
  REQUIRE(out.has_value());
  return *out;
}

std::vector<std::string> ids(const state::explained_leaf& leaf) {
  std::vector<std::string> out;
  for (const auto& each : leaf.events)
    out.push_back(each.id);
  return out;
}

using texts = std::vector<std::string>;

/// One text of many, which a failed check can show.
std::string all(const texts& each) {
  std::string out;
  for (const auto& text : each)
    out += text + "\n";
  return out;
}

told at(const std::string& id, const std::string& time) {
  auto event = checkin(id, ms(time));
  event.zone = "Asia/Shanghai";
  return event;
}

told spent(const std::string& id, const std::string& time, std::int64_t cents) {
  auto event = at(id, time);
  event.type = "purchase";
  event.from = schemas::input::transaction;
  event.cents = cents;
  return event;
}

const std::string weekly =
  R"({"id":"weekly","badge":"Weekly","on":["checkin"],"policy":{"revoke":"maintained"},
      "when":{"ge":[{"agg":{"f":"count","win":{"cal":"week"}}},3]}})";
const std::string streak =
  R"({"id":"streak","badge":"Streak","on":["checkin"],"when":{"ge":[{"streak":{"unit":"day"}},7]}})";

} // namespace

TEST_SUITE("explanation") {
  TEST_CASE("an unfinished rule says what is missing and until when") {
    story user(rules_of({weekly}));
    user.tell({at("before", "2026-01-04T12:00:00+08:00"), at("a", "2026-01-05T08:15:00+08:00")});

    const auto out = explained(user, "weekly", "2026-01-06T00:00:00Z");

    CHECK_FALSE(out.holds);
    CHECK(out.badge_id == "Weekly");
    CHECK(out.rule_version.size() == 16);
    CHECK(out.zone == "Asia/Shanghai");
    CHECK(out.grants.empty());
    CHECK(all(out.missing)
          == all(texts{"2 more checkin before Sunday 24:00 Asia/Shanghai (2026-01-11)"}));
    REQUIRE(out.conditions.size() == 1);
    CHECK(out.conditions[0].what == "count of checkin this week");
    CHECK(out.conditions[0].relation == "ge");
    CHECK(out.conditions[0].value == "1");
    CHECK(out.conditions[0].target == "3");
    CHECK(out.conditions[0].missing == out.missing[0]);
    REQUIRE(out.conditions[0].leaves.size() == 1);
    CHECK(ids(out.conditions[0].leaves[0]) == texts{"a"});
  }

  TEST_CASE("time that has passed is seen: a week later nothing is left") {
    story user(rules_of({weekly}));
    user.tell({at("a", "2026-01-05T08:15:00+08:00"), at("b", "2026-01-05T08:16:00+08:00")});

    const auto out = explained(user, "weekly", "2026-01-12T00:00:00Z");

    CHECK(out.conditions[0].value == "0");
    CHECK(out.conditions[0].leaves[0].events.empty());
    CHECK(all(out.missing)
          == all(texts{"3 more checkin before Sunday 24:00 Asia/Shanghai (2026-01-18)"}));
  }

  TEST_CASE("a grant is told with its cause, and the events that count, without those taken back") {
    story user(rules_of({weekly}));
    user.tell({at("a", "2026-01-05T08:00:00+08:00"), at("b", "2026-01-05T09:00:00+08:00"),
               at("c", "2026-01-05T10:00:00+08:00"), at("d", "2026-01-05T11:00:00+08:00"),
               take_back("r", ms("2026-01-05T12:00:00+08:00"), "b")});

    const auto out = explained(user, "weekly", "2026-01-05T05:00:00Z");

    CHECK(out.holds);
    CHECK(out.missing.empty());
    CHECK(out.conditions[0].missing.empty());
    CHECK(ids(out.conditions[0].leaves[0]) == texts{"d", "c", "a"});
    REQUIRE(out.grants.size() == 1);
    CHECK(out.grants[0].cause == "c");
    CHECK(out.grants[0].rule_version == out.rule_version);
  }

  TEST_CASE("a grant names the record that made it, also after a reload; time has none") {
    story user(rules_of({
      R"({"id":"two","badge":"Two","on":["checkin"],"policy":{"revoke":"maintained"},
          "when":{"ge":[{"agg":{"f":"count","win":{"cal":"day"}}},2]}})"}));
    auto first = at("a", "2026-01-05T08:00:00Z");
    auto second = at("b", "2026-01-05T09:00:00Z");
    first.offset = 16;
    second.offset = 17;
    user.tell({first, second});
    user.reload();

    const auto granted = explained(user, "two", "2026-01-05T10:00:00Z").grants.at(0).position;
    CHECK(granted == schemas::log_place{schemas::input::engagement, 17});
    user.advance(ms("2026-01-06T12:00:00Z"));
    const auto lost = explained(user, "two", "2026-01-06T12:00:00Z").grants.at(0);
    CHECK(lost.revoked_at.has_value());
    CHECK_FALSE(lost.position.is_known());
  }

  TEST_CASE("a sum says what each event adds, after a part was taken back") {
    story user(rules_of({
      R"({"id":"spent","badge":"Spent","on":["purchase"],
          "when":{"ge":[{"agg":{"f":"sum","of":{"var":"event.amount"},"currency":"EUR"}},500]}})"}));
    auto refund = take_back("r", ms("2026-01-07T00:00:00Z"), "p1");
    refund.from = schemas::input::transaction;
    refund.cents = 5'000;
    user.tell({spent("p1", "2026-01-05T00:00:00Z", 20'000),
               spent("p2", "2026-01-06T00:00:00Z", 12'050), refund});

    const auto out = explained(user, "spent", "2026-01-08T00:00:00Z");

    const auto& leaf = out.conditions[0].leaves[0];
    REQUIRE(ids(leaf) == texts{"p2", "p1"});
    CHECK(leaf.events[0].adds == "120.5");
    CHECK(leaf.events[1].adds == "150");
    CHECK(leaf.value == "270.5");
    CHECK(all(out.missing) == all(texts{"229.5 EUR more of purchase"}));
  }

  TEST_CASE("a streak names the days that it has, and the next deadline") {
    story user(rules_of({streak}));
    user.tell({at("old", "2026-01-01T08:00:00+08:00"), at("a", "2026-01-05T08:00:00+08:00"),
               at("b", "2026-01-06T08:00:00+08:00"), at("b2", "2026-01-06T09:00:00+08:00")});

    const auto out = explained(user, "streak", "2026-01-06T02:00:00Z");

    CHECK(out.conditions[0].value == "2");
    CHECK(ids(out.conditions[0].leaves[0]) == texts{"b2", "b", "a"});
    CHECK(all(out.missing)
          == all(texts{"5 more days in a row with checkin, the next before Wednesday 24:00 "
                       "Asia/Shanghai (2026-01-07)"}));
  }

  TEST_CASE("no more events are listed than can be read, but all are counted") {
    story user(rules_of(
      {R"({"id":"many","badge":"Many","on":["checkin"],"when":{"ge":[{"agg":{"f":"count"}},100]}})"}));
    for (int i = 0; i < 30; ++i)
      user.tell({checkin("e" + std::to_string(100 + i), 1'000 * i)});

    const auto out = explained(user, "many", "2026-01-06T00:00:00Z");

    const auto& leaf = out.conditions[0].leaves[0];
    CHECK(leaf.events.size() == state::explained_leaf::events_max);
    CHECK(leaf.events.front().id == "e129");
    CHECK(leaf.events_known == 30);
    CHECK(leaf.history_is_whole);
  }

  TEST_CASE("what the history has forgotten is said") {
    story user(rules_of(
      {R"({"id":"many","badge":"Many","on":["checkin"],"when":{"ge":[{"agg":{"f":"count"}},1000]}})"}));
    for (int i = 0; i < 300; ++i) // An hour apart, and 48 hours are kept.
      user.tell({checkin("e" + std::to_string(i), 3'600'000LL * i)});

    const auto out = explained(user, "many", "2026-01-06T00:00:00Z");

    const auto& leaf = out.conditions[0].leaves[0];
    CHECK(leaf.value == "300");
    CHECK_FALSE(leaf.history_is_whole);
    CHECK(leaf.events_known < 300);
    CHECK(leaf.events_known >= 48);
  }

  TEST_CASE("alternatives, parts of several and what must not be are put into words") {
    story user(rules_of({
      R"({"id":"mixed","badge":"Mixed","on":["checkin","share","report"],
          "when":{"and":[
            {"or":[{"ge":[{"agg":{"f":"count","on":["checkin"]}},3]},{"has":{"badge":"Gold"}}]},
            {"not":{"ge":[{"agg":{"f":"count","on":["report"]}},1]}}]}})"}));
    auto report = checkin("bad", 2'000);
    report.type = "report";
    user.tell({checkin("a", 1'000), report});

    const auto out = explained(user, "mixed", "2026-01-06T00:00:00Z");

    CHECK(
      all(out.missing)
      == all(texts{"2 more checkin, or the badge Gold", "count of report no longer at least 1"}));
    REQUIRE(out.conditions.size() == 3);
    CHECK(out.conditions[1].what == "badge Gold held");
    CHECK_FALSE(out.conditions[2].is_wanted);
    CHECK(out.conditions[2].holds);
  }

  TEST_CASE("a sequence says which step is next, and by when") {
    story user(rules_of({
      R"({"id":"buyer","badge":"Buyer","on":["view","purchase"],
          "when":{"seq":{"steps":[{"on":"view"},{"on":"purchase"}],"within":"PT24H"}}})"}));
    auto view = at("v", "2026-01-05T00:00:00Z");
    view.type = "view";
    user.tell({view});

    const auto out = explained(user, "buyer", "2026-01-05T01:00:00Z");

    CHECK(out.conditions[0].relation == "holds");
    CHECK(all(out.missing)
          == all(texts{"step 2 of 2 of the sequence: purchase by 2026-01-06T00:00:00.000Z"}));
    CHECK(all(explained(user, "buyer", "2026-01-09T01:00:00Z").missing)
          == all(texts{"step 1 of 2 of the sequence: view"}));
  }

  TEST_CASE("a rule with a key asks for it, and says which there are") {
    const auto rules = rules_of({
      R"({"id":"posts","badge":"Post","on":["checkin"],"key":["post"],
          "when":{"ge":[{"agg":{"f":"count"}},2]}})"});
    story user(rules);
    auto vote = checkin("v1", 1'000);
    vote.attributes = {{"post", std::string("p1")}};
    user.tell({vote});

    CHECK(all(explained(user, "posts", "2026-01-05T00:00:00Z", texts{"p1"}).missing)
          == all(texts{"1 more checkin"}));
    CHECK(all(explained(user, "posts", "2026-01-05T00:00:00Z", texts{"p9"}).missing)
          == all(texts{"2 more checkin"}));
    const auto none = state::explain({"ann", "posts", {}, {}}, user.row_list(), rules);
    REQUIRE_FALSE(none.has_value());
    CHECK(none.error().code == schemas::errc::bad_input);
    CHECK(none.error().message
          == "rule \"posts\" counts by \"post\": say which key; the user has \"p1\"");
  }

  TEST_CASE("a rule that is not there is not explained, one that is retired by what it granted") {
    story user(rules_of({streak, R"({"id":"first","badge":"First","on":["checkin"],
                                     "when":{"ge":[{"agg":{"f":"count"}},1]}})"}));
    user.tell({checkin("a", 1'000)});
    user.store();

    const auto none = state::explain({"ann", "nothing", {}, {}}, user.row_list(), user.rules());
    REQUIRE_FALSE(none.has_value());
    CHECK(none.error().code == schemas::errc::not_found);
    const auto retired =
      state::explain({"ann", "first", {}, {}}, user.row_list(), rules_of({streak}));
    REQUIRE(retired.has_value());
    REQUIRE(retired->grants.size() == 1);
    CHECK(retired->rule_version.empty());
    CHECK(retired->notes == texts{"the rule is retired: what it has granted stays as it is"});
  }

  TEST_CASE("limits and times beside the condition are noted") {
    story user(rules_of({
      R"({"id":"once","badge":"Once","on":["checkin"],
          "policy":{"revoke":"maintained","grace":"P2D","max_per_user":1},
          "when":{"ge":[{"agg":{"f":"count","win":{"cal":"day"}}},1]}})"}));
    user.tell({at("a", "2026-01-05T08:00:00Z")});
    user.advance(ms("2026-01-06T12:00:00Z"));

    const auto out = explained(user, "once", "2026-01-06T12:00:00Z");

    CHECK(all(out.notes)
          == all(texts{
            "max_per_user: 1 granted, no more than 1",
            "grace: lost at 2026-01-07T16:00:00.000Z unless the condition holds again by then"}));
  }

  TEST_CASE("hidden progress is explained to an operator only, until the first grant") {
    story user(
      rules_of({R"({"id":"surprise","badge":"Surprise","on":["checkin"],"progress":"hidden",
                             "when":{"ge":[{"agg":{"f":"count"}},2]}})"}));
    user.tell({at("a", "2026-01-05T08:15:00+08:00")});
    user.store();
    const auto ask = [&](const std::string& rule, bool for_operator) {
      return state::explain({"ann", rule, {}, {ms("2026-01-06T00:00:00Z")}, for_operator},
                            user.row_list(), user.rules());
    };

    const auto hidden = ask("surprise", false);
    REQUIRE_FALSE(hidden.has_value());
    CHECK(hidden.error().code == schemas::errc::not_found);
    CHECK(hidden.error().message == "there is no rule \"surprise\" in force");
    CHECK(ask("absent", false).error().message == "there is no rule \"absent\" in force");
    REQUIRE(ask("surprise", true).has_value());
    CHECK(all(ask("surprise", true)->missing) == all(texts{"1 more checkin"}));

    user.tell({at("b", "2026-01-05T09:15:00+08:00")});
    user.store();
    REQUIRE(ask("surprise", false).has_value());
    CHECK(ask("surprise", false)->holds);
  }
}
