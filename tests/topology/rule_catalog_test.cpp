#include "state/rules/rule_book.hpp"
#include "topology/rule_catalog.hpp"

#include "tests/topology/fake_catalog.hpp"

#include <doctest/doctest.h>

#include <map>
#include <string>
#include <vector>

using namespace laurel;
using namespace laurel::topology;
using tests::fake_catalog;

namespace {

struct world {
  fake_catalog log;
  followed_catalog view{log};
  rule_catalog catalog{log, [this](const auto& use) { view.with_view(use); }};
  std::vector<std::string> rules_in_book() const {
    std::vector<std::string> ids;
    view.with_view([&](const actors::catalog_view& all) {
      const auto book = all.book();
      for (const auto& each : book->rules())
        ids.push_back(state::rules::id_of(*each));
    });
    return ids;
  }
  world() { REQUIRE(view.read(std::chrono::seconds(1)).has_value()); }
};

std::string rule(const std::string& id, int limit) {
  return R"({"id":")" + id
         + R"(","badge":"B","on":["checkin"],"when":{"ge":[{"agg":{"f":"count"}},)"
         + std::to_string(limit) + "]}}";
}

} // namespace

TEST_SUITE("rule catalog") {
  TEST_CASE("a rule is written as document and head, and listed as active") {
    world w;

    const auto outcome = w.catalog.publish(rule("r", 1));

    REQUIRE(outcome.has_value());
    CHECK(outcome->changed);
    REQUIRE(w.log.records.size() == 2);
    CHECK(w.log.records[0].first == "rule/r/" + outcome->version);
    CHECK(w.log.records[1].first == "rule/r");
    REQUIRE(w.catalog.list().size() == 1);
    CHECK(w.catalog.list()[0].state == "active");
  }

  TEST_CASE("rules that would look at each other in a circle are refused") {
    world w;
    const auto looks_at = [](const std::string& id, const std::string& other) {
      return R"({"id":")" + id + R"(","badge":")" + id + R"(","when":{"has":{"badge":")" + other
             + R"("}}})";
    };
    REQUIRE(w.catalog.publish(looks_at("a", "b"))->changed);

    const auto outcome = w.catalog.publish(looks_at("b", "a"));

    REQUIRE(outcome.has_value());
    REQUIRE(outcome->faults.size() == 1);
    CHECK(outcome->faults[0].message.find("circle") != std::string::npos);
    CHECK(w.catalog.list().size() == 1);
    CHECK(w.catalog.publish(looks_at("b", "c"))->changed); // Others go on.
  }

  TEST_CASE("the version in force is not written again, however it is spelt") {
    world w;
    REQUIRE(w.catalog.publish(rule("r", 1)).has_value());

    const auto again = w.catalog.publish("\n " + rule("r", 1) + " ");

    CHECK_FALSE(again->changed);
    CHECK(w.log.records.size() == 2);
  }

  TEST_CASE("going back to an earlier version writes its head alone") {
    world w;
    const auto first = w.catalog.publish(rule("r", 1))->version;
    REQUIRE(w.catalog.publish(rule("r", 2))->changed);

    const auto back = w.catalog.publish(rule("r", 1));

    CHECK(back->changed);
    CHECK(back->version == first);
    CHECK(w.log.records.size() == 5);
    CHECK(w.catalog.list()[0].version == first);
  }

  TEST_CASE("a rule with faults changes nothing and tells all of them") {
    world w;

    const auto outcome = w.catalog.publish(R"({"id":"","badge":7,"on":[],"when":{}})");

    REQUIRE(outcome.has_value());
    CHECK(outcome->faults.size() >= 3);
    CHECK(w.log.records.empty());
  }

  TEST_CASE("a retired rule is listed as such, and can be published again") {
    world w;
    REQUIRE(w.catalog.publish(rule("r", 1)).has_value());

    REQUIRE(w.catalog.retire("r").has_value());
    CHECK(w.catalog.list()[0].state == "retired");
    REQUIRE(w.catalog.retire("r").has_value());
    CHECK(w.log.records.size() == 3);
    CHECK(w.catalog.publish(rule("r", 1))->changed);
    CHECK(w.catalog.list()[0].state == "active");
    CHECK(w.catalog.retire("other").error().code == schemas::errc::not_found);
  }

  TEST_CASE("a log that refuses is a failure, not a publish") {
    world w;
    w.log.fault = schemas::error{schemas::errc::transient, "busy"};

    CHECK(w.catalog.publish(rule("r", 1)).error().code == schemas::errc::transient);
    CHECK(w.catalog.list().empty());
  }

  TEST_CASE("what another version wrote and this one cannot read is listed as broken") {
    fake_catalog log;
    log.records = {{"rule/r/v9", R"({"id":"r","when":{"from_the_future":1}})"},
                   {"rule/r", R"({"version":"v9","state":"active"})"}};
    followed_catalog view{log};
    REQUIRE(view.read(std::chrono::seconds(1)).has_value());
    rule_catalog catalog{log, [&](const auto& use) { view.with_view(use); }};

    REQUIRE(catalog.list().size() == 1);
    CHECK(catalog.list()[0].state == "broken");
  }

  TEST_CASE("a draft is stored and not in force until it is activated") {
    world w;

    const auto draft = w.catalog.publish(rule("r", 1), api::rule_stage::draft);

    CHECK(draft->changed);
    CHECK(w.catalog.list()[0].state == "draft");
    CHECK(w.rules_in_book() == std::vector<std::string>{});
    CHECK(w.catalog.activate("r", "")->changed);
    CHECK(w.catalog.list()[0].state == "active");
    CHECK(w.rules_in_book() == std::vector<std::string>{"r"});
  }

  TEST_CASE("a version is tried beside the one in force, and then takes its place") {
    world w;
    const auto first = w.catalog.publish(rule("r", 1))->version;

    const auto second = w.catalog.publish(rule("r", 2), api::rule_stage::shadow)->version;

    CHECK(w.rules_in_book() == std::vector<std::string>{"r", "r@shadow"});
    CHECK(w.catalog.list()[0].version == first);
    CHECK(w.catalog.list()[0].shadow == second);
    CHECK(w.catalog.publish(rule("r", 2), api::rule_stage::shadow)->changed == false);
    CHECK(w.catalog.publish(rule("r", 1), api::rule_stage::shadow).error().code
          == schemas::errc::refused);

    CHECK(w.catalog.activate("r", "")->version == second);
    CHECK(w.rules_in_book() == std::vector<std::string>{"r"});
    CHECK(w.catalog.list()[0].version == second);
    CHECK(w.catalog.list()[0].shadow.empty());
  }

  TEST_CASE("one goes back to what was in force before, again and again") {
    world w;
    const auto first = w.catalog.publish(rule("r", 1))->version;
    const auto second = w.catalog.publish(rule("r", 2))->version;
    CHECK(w.catalog.roll_back("x").error().code == schemas::errc::not_found);

    CHECK(w.catalog.roll_back("r")->version == first);
    CHECK(w.catalog.roll_back("r")->version == second);
    CHECK(w.catalog.roll_back("r")->version == first);

    CHECK(w.catalog.list()[0].version == first);
    REQUIRE(w.catalog.publish(rule("one", 1)).has_value());
    CHECK(w.catalog.roll_back("one").error().code == schemas::errc::not_found);
  }

  TEST_CASE("a version is named by its first digits") {
    world w;
    const auto first = w.catalog.publish(rule("r", 1))->version;
    const auto second = w.catalog.publish(rule("r", 2))->version;

    CHECK(w.catalog.activate("r", first.substr(0, 12))->version == first);
    CHECK(w.catalog.activate("r", "zz").error().code == schemas::errc::not_found);
    CHECK(w.catalog.activate("r", "").error().code == schemas::errc::not_found);
    REQUIRE(w.catalog.publish(rule("r", 3), api::rule_stage::draft)->changed);
    const auto all = w.catalog.versions("r");
    REQUIRE(all->size() == 3);
    CHECK((*all)[0].state == "active");
    CHECK((*all)[1].state == "retired");
    CHECK((*all)[2].state == "draft");
    CHECK((*all)[1].version == second);
  }

  TEST_CASE("a trial ends when it is stopped and when its rule is retired") {
    world w;
    REQUIRE(w.catalog.publish(rule("r", 1), api::rule_stage::shadow)->changed);
    CHECK(w.rules_in_book() == std::vector<std::string>{"r@shadow"});

    CHECK(w.catalog.end_trial("r").has_value());
    CHECK(w.rules_in_book().empty());
    CHECK(w.catalog.end_trial("r").error().code == schemas::errc::not_found);

    REQUIRE(w.catalog.publish(rule("r", 1), api::rule_stage::shadow)->changed);
    CHECK(w.catalog.retire("r").has_value());
    CHECK(w.rules_in_book().empty());
  }

  TEST_CASE("what is tried must fit beside what is in force") {
    world w;
    const auto looks_at = [](const std::string& id, const std::string& other) {
      return R"({"id":")" + id + R"(","badge":")" + id + R"(","when":{"has":{"badge":")" + other
             + R"("}}})";
    };
    REQUIRE(w.catalog.publish(looks_at("a", "b"))->changed);

    const auto outcome = w.catalog.publish(looks_at("b", "a"), api::rule_stage::shadow);

    CHECK(outcome->faults.size() == 1);
    CHECK(w.rules_in_book() == std::vector<std::string>{"a"});
  }
}
