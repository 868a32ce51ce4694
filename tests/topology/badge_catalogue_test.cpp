#include "topology/badge_catalogue.hpp"
#include "topology/rule_catalog.hpp"

#include "tests/topology/fake_catalog.hpp"

#include <doctest/doctest.h>

using namespace laurel;
using namespace laurel::topology;
using tests::fake_catalog;

namespace {

struct world {
  fake_catalog log;
  followed_catalog view{log};
  badge_catalogue catalogue{log, [this](const auto& use) { view.with_view(use); },
                            [] { return schemas::result<void>{}; }};
  world() { REQUIRE(view.read(std::chrono::seconds(1)).has_value()); }
};

const std::string file = R"({"categories":[{"id":"c","names":{"en":"C"}}],)"
                         R"("badges":[{"id":"Regular","names":{"en":"Regular"},"category":"c"}]})";

} // namespace

TEST_SUITE("badge catalogue") {
  TEST_CASE("entries are written once, and again only where they change") {
    world w;

    const auto first = w.catalogue.publish(file);
    CHECK(first->written == 2);
    const auto again = w.catalogue.publish(file);
    CHECK(again->written == 0);
    CHECK(again->unchanged == 2);
    auto changed = file;
    changed.replace(changed.find("Regular\"}"), 7, "Stammgast");
    CHECK(w.catalogue.publish(changed)->written == 1);

    REQUIRE(w.catalogue.entries()->size() == 2);
    CHECK(w.catalogue.entries()->front().document.find("Stammgast") != std::string::npos);
    CHECK(w.log.records.size() == 3);
  }

  TEST_CASE("what is not there cannot be named") {
    world w;

    const auto change =
      w.catalogue.publish(R"({"badges":[{"id":"B","names":{"en":"B"},"series":"s"}]})");

    REQUIRE(change->faults.size() == 1);
    CHECK(change->faults[0].message == "badge \"B\" names the series \"s\", which there is not");
    CHECK(w.log.records.empty());
    // Badges need no description of their own to be in a series.
    CHECK(w.catalogue
            .publish(R"({"badges":[{"id":"B","names":{"en":"B"},"series":"s"}],)"
                     R"("series":[{"id":"s","names":{"en":"S"},"badges":["B","Other"]}]})")
            ->written
          == 2);
  }

  TEST_CASE("a file with a fault changes nothing, and neither does a log that cannot be written") {
    world w;

    CHECK(w.catalogue.publish(R"({"badges":[{"id":"B"}]})")->faults.size() == 1);
    w.log.fault = schemas::error{schemas::errc::transient, "away"};
    CHECK(w.catalogue.publish(file).error().code == schemas::errc::transient);
    CHECK(w.catalogue.entries()->empty());
  }

  TEST_CASE("rules and badges live beside each other") {
    world w;
    rule_catalog rules{w.log, [&w](const auto& use) { w.view.with_view(use); }};
    REQUIRE(rules
              .publish(R"({"id":"r","badge":"Regular","on":["checkin"],)"
                       R"("when":{"ge":[{"agg":{"f":"count"}},1]}})")
              ->changed);
    REQUIRE(w.catalogue.publish(file)->written == 2);

    CHECK(rules.list().size() == 1);
    CHECK(w.catalogue.entries()->size() == 2);
  }
}
