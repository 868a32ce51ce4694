#include "tests/topology/cli/command_world.hpp"

#include <doctest/doctest.h>

using namespace laurel;
using namespace laurel::tests;

namespace {

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

state::explanation unfinished() {
  state::explanation out;
  out.rule_version = "0123456789abcdef";
  out.badge_id = "Weekly";
  out.zone = "Asia/Shanghai";
  out.missing = {"2 more checkin before Sunday 24:00 Asia/Shanghai (2026-01-11)"};
  out.notes = {"nothing else"};
  state::explained_leaf leaf{"count of checkin", "21", {{"e\x1b", {1'000}, ""}}, 21, false};
  out.conditions.push_back(
    {"count of checkin", "ge", "21", "23", false, true, out.missing[0], {leaf}});
  out.conditions.push_back({"count of report", "ge", "0", "1", false, false, "", {}});
  return out;
}

} // namespace

TEST_SUITE("laurel explain") {
  TEST_CASE("every part says its value, what is wanted and what it rests on") {
    command_world w;
    w.app.engine.users["ann"] = {};
    w.app.engine.explanation = unfinished();

    CHECK(w.type({"explain", "ann", "weekly", "--embedded", "d"}) == 0);

    CHECK(has(w.out, "ann  rule weekly, badge Weekly, version 0123456789abcdef\n"));
    CHECK(has(w.out, "days of Asia/Shanghai: does not hold\n"));
    CHECK(has(w.out, "\u2717 count of checkin: 21, wanted at least 23\n"));
    CHECK(has(w.out, "\u2713 not: count of report: 0, wanted not at least 1\n"));
    CHECK(has(w.out, "1970-01-01 00:00:01 UTC  e\\x1b\n"));
    CHECK(has(w.out, "and 20 earlier\n"));
    CHECK(has(w.out, "older events count, too"));
    CHECK(has(w.out, "Missing\n  2 more checkin before Sunday"));
    CHECK_FALSE(has(w.out, "Granted"));
  }

  TEST_CASE("a key is asked for part by part, and JSON is for scripts") {
    command_world w;
    w.app.engine.users["ann"] = {};

    CHECK(
      w.type({"explain", "ann", "posts", "--key", "p1", "--key", "de", "--json", "--embedded", "d"})
      == 0);

    CHECK(has(w.out, "\"rule_id\":\"posts\""));
    REQUIRE(w.app.engine.explained.size() == 1);
    CHECK(w.app.engine.explained[0].key == std::vector<std::string>{"p1", "de"});
  }

  TEST_CASE("a user or a rule that is not there is 66, no rule at all is 64") {
    command_world w;
    CHECK(w.type({"explain", "bob", "weekly", "--embedded", "d"}) == 66);
    CHECK(w.out.empty());
    CHECK(w.type({"explain", "bob", "--embedded", "d"}) == 64);
  }
}
