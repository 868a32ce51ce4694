#include "api/explanation_document.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

using namespace laurel;

namespace {

state::explanation everything() {
  state::explanation out;
  out.user_id = "ada";
  out.rule_id = "posts";
  out.rule_version = "0123456789abcdef";
  out.badge_id = "Post";
  out.key = {"p1"};
  out.at = {1'000};
  out.zone = "UTC";
  out.holds = true;
  out.missing = {"2 more"};
  out.notes = {"permanent"};
  state::explained_leaf leaf{
    "sum of purchase", "3.5", {{"e1", {10}, "3.5"}, {"e0", {5}, ""}}, 7, false};
  out.conditions.push_back({"sum of purchase", "ge", "3.5", "5", false, true, "1.5 more", {leaf}});
  out.conditions.push_back({"first of purchase", "gt", "", "5", false, false, "", {}});
  schemas::decision last;
  last.grant_id = "g";
  last.user_id = "ada";
  last.badge_id = "Post";
  last.rule_id = "posts";
  last.cause = "e1";
  out.grants.push_back(last);
  return out;
}

} // namespace

TEST_SUITE("explanation document") {
  TEST_CASE("what is written is read back") {
    const auto text = api::to_json(everything());

    const auto back = api::parse_explanation(text);

    REQUIRE(back.has_value());
    CHECK(api::to_json(*back) == text);
    REQUIRE(back->conditions.size() == 2);
    CHECK(back->conditions[0].leaves[0].events[0].adds == "3.5");
    CHECK(back->conditions[0].leaves[0].events_known == 7);
    CHECK(back->conditions[1].value.empty());
    CHECK(back->grants[0].cause == "e1");
  }

  TEST_CASE("what has no value is null") {
    const auto document = nlohmann::json::parse(api::to_json(everything()));

    CHECK(document["conditions"][1]["value"].is_null());
    CHECK(document["conditions"][1]["missing"].is_null());
    CHECK_FALSE(document["conditions"][0]["leaves"][0]["events"][1].contains("adds"));
  }

  TEST_CASE("a document that is not ours is refused") {
    CHECK_FALSE(api::parse_explanation("{}").has_value());
    CHECK_FALSE(api::parse_explanation("no JSON").has_value());
    CHECK(api::parse_explanation("[]").error().code == schemas::errc::corrupt);
  }
}
