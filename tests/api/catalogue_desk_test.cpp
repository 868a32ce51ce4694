#include "api/catalogue_desk.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

using namespace laurel;
using nlohmann::json;
using state::catalogue_kind;

namespace {

state::catalogue_entry entry(catalogue_kind kind, const std::string& document) {
  auto read = state::read_catalogue_entry(kind, document);
  REQUIRE_MESSAGE(read.faults.empty(), document);
  return read.entries.front();
}

const std::vector<api::rule_summary> rules{{"r", "v1", "active", R"({"id":"r","badge":"Regular"})"},
                                           {"q", "v2", "active", R"({"id":"q","badge":"Quiet"})"},
                                           {"s", "v3", "active", R"({"id":"s","badge":"Secret"})"},
                                           {"o", "v4", "retired", R"({"id":"o","badge":"Old"})"}};

std::vector<state::catalogue_entry> entries() {
  return {entry(catalogue_kind::badge,
                R"({"id":"Regular","names":{"en":"Regular","de":"Stammgast"},"rarity":"rare"})"),
          entry(catalogue_kind::badge, R"({"id":"Secret","names":{"en":"Secret"},"hidden":true})"),
          entry(catalogue_kind::badge, R"({"id":"Old","names":{"en":"Old"},"state":"retired"})"),
          entry(catalogue_kind::series,
                R"({"id":"all","names":{"en":"All"},"badges":["Regular","Secret","Quiet"]})"),
          entry(catalogue_kind::category, R"({"id":"c","names":{"en":"C"}})")};
}

} // namespace

TEST_SUITE("catalogue desk") {
  TEST_CASE("badges of rules and of the catalogue are one list, without surprises") {
    const auto list = json::parse(api::badge_list(rules, entries(), ""))["badges"];

    REQUIRE(list.size() == 3);
    CHECK(list[0]["badge_id"] == "Old");
    CHECK(list[0]["state"] == "retired");
    CHECK(list[0]["rules"].empty());
    CHECK(list[1]["badge_id"] == "Quiet");
    CHECK(list[1]["rules"][0]["rule_id"] == "q");
    CHECK(list[2]["badge_id"] == "Regular");
    CHECK(list[2]["rarity"] == "rare");
    CHECK(list[2]["rules"][0]["rule_version"] == "v1");
    CHECK_FALSE(list[2].contains("name"));
  }

  TEST_CASE("a reader gets the texts of the locale that is asked for") {
    const auto list = json::parse(api::badge_list(rules, entries(), "de-AT"))["badges"];

    REQUIRE(list.size() == 3);
    CHECK(list[2]["name"] == "Stammgast");
    CHECK(list[0]["name"] == "Old");
  }

  TEST_CASE("series and categories are listed each for itself, without surprises") {
    const auto series = json::parse(api::entry_list(catalogue_kind::series, entries(), "en"));
    const auto categories = json::parse(api::entry_list(catalogue_kind::category, entries(), ""));

    REQUIRE(series["series"].size() == 1);
    CHECK(series["series"][0]["badges"] == json{"Regular", "Quiet"});
    CHECK(series["series"][0]["name"] == "All");
    REQUIRE(categories["categories"].size() == 1);
    CHECK(categories["categories"][0]["id"] == "c");
  }
}
