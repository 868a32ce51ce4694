#include "tests/topology/cli/command_world.hpp"

#include <doctest/doctest.h>

using namespace laurel;
using namespace laurel::tests;

namespace {

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

const std::string doubtful = R"([
  {"id": "good", "badge": "Good", "on": ["checkin"], "when": {"ge": [{"agg": {"f": "count"}}, 2]}},
  {"id": "bad", "badge": "Bad", "on": ["chekin"],
   "policy": {"cooldown": "P1D"},
   "when": {"has": {"badge": "Gold"}}}
])";

} // namespace

TEST_SUITE("laurel rules lint") {
  TEST_CASE("warnings name the line, the rule and the cure, and the exit code says so") {
    command_world w;
    CHECK(w.type({"rules", "lint", "-"}, doubtful) == 65);

    CHECK(has(w.out, "-:4: warning no-effect: bad /policy/cooldown: a permanent badge"));
    CHECK(has(w.out, "warning badge-not-granted: bad /when: no rule grants the badge \"Gold\""));
    CHECK(has(w.out, "-: 2 rules, 2 warnings.\n"));
    CHECK_FALSE(has(w.out, " good "));
  }

  TEST_CASE("rules in force grant badges, too") {
    command_world w;
    w.app.engine.catalog.push_back(
      {"gold", "v", "active",
       R"({"id":"gold","badge":"Gold","on":["x"],"when":{"ge":[{"agg":{"f":"count"}},1]}})"});

    CHECK(w.type({"rules", "lint", "-", "--with-active", "--embedded", "d"}, doubtful) == 65);

    CHECK(has(w.out, "1 warning.\n"));
  }

  TEST_CASE("a rule with faults is not looked at further, and a good one ends with 0") {
    command_world w;
    CHECK(w.type({"rules", "lint", "-"}, "{\"id\": \"x\"}") == 65);
    CHECK(w.out.empty());
    const std::string good =
      R"({"id":"ok","badge":"Ok","on":["a"],"when":{"ge":[{"agg":{"f":"count"}},1]}})";
    CHECK(w.type({"rules", "lint", "-", "--json"}, good) == 0);
    CHECK(w.out.empty());
    CHECK(w.type({"rules", "lint", "-", "--events", "not-there.ndjson"}, good) == 66);
  }

  TEST_CASE("check warns on stderr and the file is still good; what it cannot know it leaves out") {
    command_world w;
    CHECK(w.type({"rules", "check", "-"}, doubtful) == 0);

    CHECK(w.out == "-: 2 rules are good.\n");
    CHECK(has(w.err, "-:4: warning no-effect: bad /policy/cooldown: "));
    CHECK_FALSE(has(w.err, "badge-not-granted"));
    CHECK_FALSE(has(w.err, " good "));
  }

  TEST_CASE("publish warns, too, knows what is in force, and publishes") {
    command_world w;
    CHECK(w.type({"rules", "publish", "-", "--embedded", "d"}, doubtful) == 0);
    CHECK(has(w.err, "warning no-effect: bad "));
    CHECK(has(w.err, "warning badge-not-granted: bad "));
    CHECK(has(w.out, "published"));

    w.app.engine.catalog.push_back(
      {"gold", "v", "active",
       R"({"id":"gold","badge":"Gold","on":["x"],"when":{"ge":[{"agg":{"f":"count"}},1]}})"});
    CHECK(w.type({"rules", "publish", "-", "--embedded", "d"}, doubtful) == 0);
    CHECK(has(w.err, "warning no-effect: bad "));
    CHECK_FALSE(has(w.err, "badge-not-granted"));
  }

  TEST_CASE("a part that is certain is told in words") {
    command_world w;
    const std::string week =
      R"({"id":"w","badge":"W","on":["a"],"when":{"ge":[{"agg":{"f":"distinct","of":{"var":"local.date"},"win":{"cal":"week"}}},8]}})";
    CHECK(w.type({"rules", "check", "-"}, week) == 0);
    CHECK(has(w.err, "week is at least 8\" cannot come true: the badge is never granted"));
  }

  TEST_CASE("notes are not for check: a long window may well be meant") {
    command_world w;
    const std::string year =
      R"({"id":"y","badge":"Y","on":["a"],"when":{"ge":[{"agg":{"f":"count","win":{"last":"P365D"}}},9]}})";
    CHECK(w.type({"rules", "check", "-"}, year) == 0);
    CHECK(w.err.empty());
    CHECK(w.type({"rules", "lint", "-"}, year) == 0);
    CHECK(has(w.out, "note beyond-horizon: y "));
  }
}
