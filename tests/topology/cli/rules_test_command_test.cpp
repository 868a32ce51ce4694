#include "topology/cli/what_if.hpp"

#include "tests/api/fake_rule_desk.hpp"
#include "tests/topology/cli/command_world.hpp"

#include <sstream>

using namespace laurel;
using namespace laurel::tests;
using namespace laurel::topology::cli;

namespace {

std::string line(const std::string& kind, const std::string& user, const std::string& badge) {
  return R"({"kind":")" + kind + R"(","user_id":")" + user + R"(","badge_id":")" + badge + "\"}\n";
}

badge_census census(const std::string& lines) {
  std::istringstream in(lines);
  auto read = badge_census::read(in);
  REQUIRE(read.has_value());
  return std::move(*read);
}

} // namespace

TEST_SUITE("what if") {
  TEST_CASE("who holds a badge has one grant of it more than ended") {
    const auto all = census(line("granted", "ada", "A") + line("revoked", "ada", "A")
                            + line("granted", "ada", "A") + line("granted", "bob", "A")
                            + line("expired", "bob", "A") + line("granted", "cyd", "B"));

    const auto effects = effects_of(all, nullptr);
    REQUIRE(effects.size() == 2);
    CHECK(effects[0].badge == "A");
    CHECK(effects[0].held == 1);
    CHECK(effects[0].ever == 2);
    CHECK(effects[0].grants == 3);
    CHECK(effects[0].gain == std::vector<std::string>{"ada"});
    std::istringstream rubbish("{}\n");
    CHECK_FALSE(badge_census::read(rubbish).has_value());
  }

  TEST_CASE(
    "against other rules only the difference is gain and loss, also of a badge that is gone") {
    const auto now = census(line("granted", "ada", "A") + line("granted", "bob", "A")
                            + line("granted", "ada", "Old"));
    const auto tested = census(line("granted", "bob", "A") + line("granted", "cyd", "A"));

    const auto effects = effects_of(tested, &now);
    REQUIRE(effects.size() == 2);
    CHECK(effects[0].gain == std::vector<std::string>{"cyd"});
    CHECK(effects[0].lose == std::vector<std::string>{"ada"});
    CHECK(effects[1].badge == "Old");
    CHECK(effects[1].lose == std::vector<std::string>{"ada"});
  }

  TEST_CASE("the command says it in words and as JSON, and names a file that is not there") {
    command_world world;
    const auto rules = world.file("r.json", "{}");
    const auto events = world.file("e.ndjson", "");

    CHECK(world.type({"rules", "test", rules, "--events", "nowhere"}) == exit_no_input);
    // The application that stands in writes a grant without a user.
    CHECK(world.type({"rules", "test", rules, "--events", events}) != exit_ok);
    CHECK(world.app.replayed.size() == 1);
    CHECK(world.type({"rules", "test", rules}) == exit_usage);
  }

  TEST_CASE("a stored version of the rule stands for a file to compare with") {
    command_world world;
    fake_rule_desk desk;
    world.app.engine.life = &desk;
    world.app.replay_lines = line("granted", "ada", "A");
    const auto rules = world.file(
      "r.json", R"({"id":"r","badge":"B","on":["a"],"when":{"ge":[{"agg":{"f":"count"}},1]}})");
    const auto events = world.file("e.ndjson", "");

    CHECK(
      world.type({"rules", "test", rules, "--events", events, "--compare", "v1", "--embedded", "d"})
      == exit_ok);
    REQUIRE(world.app.replayed_rules.size() == 2);
    CHECK(world.app.replayed_rules[1] == "{\"id\":\"r\"}\n");
    CHECK(world.out.find("as now") != std::string::npos);
    CHECK(
      world.type({"rules", "test", rules, "--events", events, "--compare", "v9", "--embedded", "d"})
      == exit_no_input);
    CHECK(world.err.find("v9 is neither a file nor a version") != std::string::npos);
  }

  TEST_CASE("the history may be what the log still holds") {
    command_world world;
    world.app.replay_lines = line("granted", "ada", "A");
    const auto rules = world.file("r.json", "{}");
    const auto events = world.file("e.ndjson", "");

    CHECK(world.type({"rules", "test", rules, "--topic", "transaction", "--embedded", "d"})
          == exit_ok);
    CHECK(world.app.exported == std::vector<schemas::input>{schemas::input::transaction});
    REQUIRE(world.app.replayed.size() == 1);
    CHECK(world.app.replayed[0].events.size() == 1);
    CHECK(world.type({"rules", "test", rules, "--topic", "other"}) == exit_usage);
    CHECK(world.type({"rules", "test", rules, "--topic", "engagement", "--events", events})
          == exit_usage);
  }
}
