#include "tests/api/fake_rule_desk.hpp"
#include "tests/topology/cli/command_world.hpp"

using namespace laurel;
using namespace laurel::tests;

namespace {

const std::string document =
  R"({"id":"r","badge":"B","on":["checkin"],"when":{"ge":[{"agg":{"f":"count"}},1]}})";

struct world : command_world {
  fake_rule_desk desk;
  world() {
    app.engine.life = &desk;
    std::ofstream(directory / "rule.json") << document;
  }
  std::string file() const { return (directory / "rule.json").string(); }
};

} // namespace

TEST_SUITE("rules life commands") {
  TEST_CASE("rules are published as drafts or to be tried") {
    world w;

    CHECK(w.type({"rules", "publish", w.file(), "--draft", "--embedded", "d"}) == 0);
    CHECK(w.out == "stored r v2-which-is-\n");
    CHECK(w.type({"rules", "publish", w.file(), "--shadow", "--embedded", "d"}) == 0);
    CHECK(w.out == "trying r v2-which-is-\n");
    CHECK(w.desk.stages
          == std::vector<api::rule_stage>{api::rule_stage::draft, api::rule_stage::shadow});
    CHECK(w.type({"rules", "publish", w.file(), "--shadow", "--draft", "--embedded", "d"}) == 64);
  }

  TEST_CASE("a version is put in force, and the one before it") {
    world w;

    CHECK(w.type({"rules", "activate", "r", "--embedded", "d"}) == 0);
    CHECK(w.out == "published r v2\n");
    CHECK(w.type({"rules", "activate", "r", "v7", "--embedded", "d"}) == 0);
    CHECK(w.desk.activated == std::vector<std::string>{"", "v7"});
    CHECK(w.type({"rules", "rollback", "r", "--embedded", "d"}) == 0);
    CHECK(w.out == "published r v1\n");
    CHECK(w.type({"rules", "rollback", "x", "--embedded", "d"}) != 0);
    CHECK(w.err.find("there is no rule \"x\"") != std::string::npos);
  }

  TEST_CASE("versions are listed with their part") {
    world w;

    CHECK(w.type({"rules", "versions", "r", "--embedded", "d"}) == 0);
    CHECK(w.out.find("v1       active") != std::string::npos);
    CHECK(w.out.find("v2       shadow") != std::string::npos);
  }

  TEST_CASE("a trial is told in users and badges, and stopped") {
    world w;

    CHECK(w.type({"rules", "trial", "r", "--embedded", "d"}) == 0);
    CHECK(w.out
          == "r v2 is tried since 2026-01-01T00:00:00.000Z\n"
             "B: 1 user would hold it, 1 more would have lost it; 3 grants\n"
             "    ada, ...\n");
    CHECK(w.type({"rules", "trial", "r", "--json", "--embedded", "d"}) == 0);
    CHECK(w.out.find("\"users_holding\":1") != std::string::npos);
    CHECK(w.type({"rules", "trial", "r", "--stop", "--embedded", "d"}) == 0);
    CHECK(w.desk.trials_ended == 1);
  }
}
