#include "state/catalogue.hpp"

#include <doctest/doctest.h>

#include <algorithm>

using namespace laurel::state;

namespace {

/// The only fault of the entry, as "path: message".
std::string fault_of(catalogue_kind kind, const std::string& json) {
  const auto read = read_catalogue_entry(kind, json);
  REQUIRE_MESSAGE(read.faults.size() == 1, json);
  CHECK(read.entries.empty());
  return read.faults[0].path + ": " + read.faults[0].message;
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

std::string badge_with(const std::string& members) {
  return R"({"id":"b","names":{"en":"B"})" + members + "}";
}

} // namespace

TEST_SUITE("catalogue") {
  TEST_CASE("a badge with everything is taken, and is the same however it is spelt") {
    const std::string one =
      R"({"id":"Regular","names":{"en":"Regular","de-AT":"Stammgast"},"descriptions":{"en":"Came often."},)"
      R"("images":{"large":"https://example.org/regular.png"},"category":"visits","series":"summer",)"
      R"("rarity":"rare","hidden":true,"valid":{"from":"2026-01-01T00:00:00Z"},"state":"active"})";
    const std::string other =
      R"( {"state":"active", "rarity":"rare","series":"summer","category":"visits",)"
      R"("valid":{"from":"2026-01-01T00:00:00Z"},"hidden":true,)"
      R"("images":{"large":"https://example.org/regular.png"},)"
      R"("descriptions":{"en":"Came often."},"names":{"de-AT":"Stammgast","en":"Regular"},"id":"Regular"})";

    const auto read = read_catalogue_entry(catalogue_kind::badge, one);

    REQUIRE(read.faults.empty());
    CHECK(read.entries[0].id == "Regular");
    CHECK(read.entries[0].is_hidden);
    CHECK(read.entries[0].needs.size() == 2);
    CHECK(read.entries == read_catalogue_entry(catalogue_kind::badge, other).entries);
  }

  TEST_CASE("what is wrong is named with its place") {
    using enum catalogue_kind;
    CHECK(has(fault_of(badge, R"({"names":{"en":"B"}})"), "needs \"id\""));
    CHECK(has(fault_of(badge, R"({"id":"b"})"), "needs \"names\""));
    CHECK(has(fault_of(badge, R"({"id":"b","names":{"de":"B"}})"), "/names: needs \"en\""));
    CHECK(
      has(fault_of(badge, R"({"id":"b","names":{"en":"B","d":"B"}})"), "/names/d: is no language"));
    CHECK(has(fault_of(badge, R"({"id":"b","names":{"en":"B","de_AT":"B"}})"), "/names/de_AT:"));
    CHECK(has(fault_of(badge, R"({"id":"b","names":{"en":""}})"), "/names/en: must be text"));
    CHECK(
      has(fault_of(badge, badge_with(R"(,"images":{"s":"javascript:x"})")), "/images/s: must be"));
    CHECK(
      has(fault_of(badge, badge_with(R"(,"images":{"s":"https://a b"})")), "/images/s: must be"));
    CHECK(has(fault_of(badge, badge_with(R"(,"rarity":"odd")")), "/rarity: must be one of"));
    CHECK(has(fault_of(badge, badge_with(R"(,"hidden":1)")), "/hidden: must be true"));
    CHECK(has(fault_of(badge, badge_with(R"(,"state":"gone")")), "/state: must be one of"));
    CHECK(has(fault_of(badge, badge_with(R"(,"valid":{"from":"monday"})")), "/valid/from: "));
    CHECK(has(
      fault_of(badge, badge_with(
                        R"(,"valid":{"from":"2026-02-01T00:00:00Z","to":"2026-01-01T00:00:00Z"})")),
      "must be before"));
    CHECK(has(fault_of(badge, badge_with(R"(,"badges":[])")), "/badges: "));
    CHECK(has(fault_of(series, R"({"id":"s","names":{"en":"S"}})"), "needs \"badges\""));
    CHECK(has(fault_of(series, R"({"id":"s","names":{"en":"S"},"badges":["a","a"]})"),
              "/badges/1: stands there twice"));
    CHECK(has(fault_of(category, badge_with(R"(,"id":"c")")), ""));
    CHECK(has(fault_of(badge, "[]"), "must be an object"));
    CHECK(has(fault_of(badge, "{"), ""));
  }

  TEST_CASE("a file names each of its entries, and all faults at once") {
    const auto good = read_catalogue(
      R"({"badges":[{"id":"a","names":{"en":"A"},"category":"c"}],"categories":[{"id":"c","names":{"en":"C"}}],)"
      R"("series":[{"id":"s","names":{"en":"S"},"badges":["a"]}]})");
    REQUIRE(good.faults.empty());
    CHECK(good.entries.size() == 3);

    const auto bad = read_catalogue(
      R"({"badges":[{"id":"a","names":{"en":"A"}},{"id":"a","names":{"en":"B"}},{"id":"b"}],)"
      R"("series":{}, "rules":[]})");
    CHECK(bad.entries.empty());
    REQUIRE(bad.faults.size() == 4);
    CHECK(std::any_of(bad.faults.begin(), bad.faults.end(),
                      [](const auto& each) { return each.path == "/badges/1"; }));
  }

  TEST_CASE("a reader gets the text of the locale, of its language, or the English one") {
    const std::vector<std::pair<std::string, std::string>> texts{
      {"en", "Regular"}, {"de", "Stammgast"}, {"de-AT", "Stammgast, bitte"}};

    CHECK(text_for(texts, "de-AT") == "Stammgast, bitte");
    CHECK(text_for(texts, "de-CH") == "Stammgast");
    CHECK(text_for(texts, "fr") == "Regular");
    CHECK(text_for(texts, "") == "Regular");
    CHECK(text_for({}, "en").empty());
  }
}
