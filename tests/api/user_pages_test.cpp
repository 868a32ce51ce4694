#include "api/base64url.hpp"
#include "api/gateway.hpp"
#include "api/user_pages.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

using namespace laurel;
using namespace laurel::api;

namespace {

using nlohmann::json;

state::held_badge badge(const std::string& id, std::int64_t at, bool is_revoked = false) {
  schemas::decision last;
  last.grant_id = "g-" + id;
  last.user_id = "ada";
  last.badge_id = id;
  last.rule_id = "r-" + id;
  last.rule_version = "v";
  last.granted_at = {at};
  last.cause = "e1";
  if (is_revoked) {
    last.kind = schemas::decision_kind::revoked;
    last.revoked_at = schemas::event_time{at + 1};
    last.revoke_cause = "e2";
  }
  return {last};
}

state::user_view ada() {
  state::user_view user;
  user.user_id = "ada";
  for (int i = 0; i < 5; ++i)
    user.badges.push_back(badge("b" + std::to_string(i), 1'000 * i, i == 2));
  return user;
}

json page(const state::user_view& user, const page_request& wanted) {
  return json::parse(badge_page(user, wanted).value());
}

} // namespace

TEST_SUITE("user pages") {
  TEST_CASE("pages follow each other without a gap, also when something is earned between them") {
    auto user = ada();
    page_request wanted;
    wanted.limit = 2;
    std::vector<std::string> seen;

    for (int i = 0; i < 3; ++i) {
      const auto got = page(user, wanted);
      for (const auto& each : got["badges"])
        seen.push_back(each["badge_id"]);
      if (got["next"].is_null())
        break;
      wanted.cursor = got["next"];
      if (i == 0) // Earlier than the cursor, so it belongs to a page that is over.
        user.badges.push_back(badge("late", 500));
    }

    CHECK(seen == std::vector<std::string>{"b0", "b1", "b2", "b3", "b4"});
  }

  TEST_CASE("only what is asked for is told, each with its state") {
    page_request wanted;
    wanted.states = {"revoked"};
    CHECK(page(ada(), wanted)["badges"].size() == 1);
    CHECK(page(ada(), wanted)["badges"][0]["state"] == "revoked");
    wanted.states = {"revoked", "held"};
    CHECK(page(ada(), wanted)["badges"].size() == 5);
    wanted.badge = "b3";
    CHECK(page(ada(), wanted)["badges"][0]["badge_id"] == "b3");
    CHECK(page(ada(), wanted)["next"].is_null());
  }

  TEST_CASE("a cursor that no page has given is refused") {
    for (const auto& bad : {std::string("x"), std::string("!"), to_base64url("1"),
                            to_base64url(".g"), to_base64url("1x.g")}) {
      page_request wanted;
      wanted.cursor = bad;
      CHECK_MESSAGE(badge_page(ada(), wanted).error().code == schemas::errc::bad_input, bad);
    }
  }

  TEST_CASE("history tells beginnings and ends, the latest first") {
    const auto got = json::parse(history_page(ada(), {}).value())["history"];

    REQUIRE(got.size() == 6);
    CHECK(got[0]["badge_id"] == "b4");
    CHECK(got[2]["kind"] == "revoked");
    CHECK(got[2]["cause"] == "e2");
    CHECK(got[3]["kind"] == "granted");
    CHECK(got[3]["badge_id"] == "b2");
  }

  TEST_CASE("a lookup names each user, with badges held or why there are none") {
    const placed_user found{{3, 7, {10, 20}}, ada()};

    const auto known = json::parse(lookup_entry("ada", found));
    const auto unknown = json::parse(lookup_entry("b\"ob", placed_user{{3, 7, {10, 20}}, {}}));
    const auto away =
      json::parse(lookup_entry("eve", schemas::failure(schemas::errc::transient, "restoring")));

    CHECK(known["badges"].size() == 4);
    CHECK(parse_position(known["position"].get<std::string>()) == position{3, 7, {10, 20}});
    CHECK(unknown["user_id"] == "b\"ob");
    CHECK(unknown["problem"] == "not-found");
    CHECK(away["problem"] == "try-again");
  }

  TEST_CASE("the users of a lookup are some, known once, and nothing else is said") {
    CHECK(parse_lookup(R"({"users":["a","b"]})").value() == std::vector<std::string>{"a", "b"});
    std::string many = R"({"users":["0")";
    for (int i = 1; i <= 100; ++i)
      many += ",\"" + std::to_string(i) + "\"";
    for (const auto& bad :
         {std::string("[]"), std::string("{}"), std::string(R"({"users":[]})"),
          std::string(R"({"users":[1]})"), std::string(R"({"users":[""]})"),
          std::string(R"({"users":["a","a"]})"), std::string(R"({"users":["a"],"x":1})"),
          std::string(R"({"users":["a"])"), many + "]}"})
      CHECK_MESSAGE(parse_lookup(bad).error().code == schemas::errc::bad_input, bad);
  }

  TEST_CASE("a position reads back, and one is included in what is later") {
    const position at{3, 7, {10, 20, 30}};
    CHECK(parse_position(to_text(at)) == at);
    CHECK(position{3, 8, {10, 21, 30}}.includes(at));
    CHECK_FALSE(position{3, 8, {11, 19, 30}}.includes(at));
    CHECK_FALSE(position{4, 8, {11, 21, 30}}.includes(at));
    for (const auto& bad : {std::string{}, std::string("x"), to_base64url("2:3:7:10:20:30"),
                            to_base64url("1:3:7:10:20"), to_base64url("1:3:7:10:20:30:1"),
                            to_base64url("1:3:-7:10:20:30"), to_text(at) + "="})
      CHECK_MESSAGE(!parse_position(bad).has_value(), bad);
  }
}
