#include "state/rules/fill_template.hpp"

#include "tests/state/story.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <fstream>
#include <sstream>

using namespace laurel;
using namespace laurel::tests;
using namespace laurel::state::rules;

namespace {

using values = std::vector<std::pair<std::string, std::string>>;

constexpr std::int64_t hour = 3'600'000;
constexpr std::int64_t day = 24 * hour;

filled_template filled(const std::string& name, const values& with) {
  const auto* from = find_template(name);
  REQUIRE_MESSAGE(from != nullptr, name);
  return fill_template(*from, with, std::nullopt);
}

/// A rule that must come out without a fault.
std::string made(const std::string& name, const values& with = {}) {
  const auto out = filled(name, with);
  for (const auto& fault : out.faults)
    FAIL(fault.parameter, ": ", fault.message);
  return out.document;
}

told event_at(const std::string& type, std::int64_t at) {
  static int number = 0;
  auto event = checkin("e" + std::to_string(++number), at);
  event.type = type;
  return event;
}

told paid(std::int64_t at, std::int64_t cents) {
  auto event = event_at("purchase", at);
  event.from = schemas::input::transaction;
  event.cents = cents;
  return event;
}

/// When the first grant began; -1 if there is none.
std::int64_t granted_at(const story& user) {
  return user.decided().empty() ? -1 : user.decided().begin()->second.granted_at.ms;
}

bool is_held(const story& user) {
  return !user.decided().empty() && !user.decided().begin()->second.ended_at();
}

/// A value that is not the default and that the parameter takes.
std::string other_value(const template_parameter& of) {
  switch (of.kind) {
  case parameter_kind::integer:
    return schemas::add(*of.min, schemas::decimal::from_integer(1))->text();
  case parameter_kind::decimal:
    return "12.5";
  case parameter_kind::choice:
    return of.choices.front();
  case parameter_kind::currency:
    return "SGD";
  case parameter_kind::duration:
    return "P3D";
  case parameter_kind::zone:
    return "Asia/Shanghai";
  case parameter_kind::clock:
    return "04:30";
  case parameter_kind::path:
    return "shop.id";
  default:
    return "other_" + of.name;
  }
}

} // namespace

TEST_SUITE("rule templates") {
  TEST_CASE("each compiles with its defaults, and with every parameter set") {
    CHECK(rule_templates().size() == 8);
    for (const auto& each : rule_templates()) {
      CAPTURE(each.name);
      CHECK(compile_rule(made(each.name)).rule != nullptr);
      values all;
      for (const auto& parameter : each.parameters)
        all.emplace_back(parameter.name, other_value(parameter));
      CHECK(compile_rule(made(each.name, all)).rule != nullptr);
    }
  }

  TEST_CASE("a value that does not do is told of its parameter") {
    const auto fault_of = [](const std::string& name, const std::string& parameter,
                             const std::string& value) {
      const auto out = filled(name, {{parameter, value}});
      CHECK(out.document.empty());
      REQUIRE_MESSAGE(!out.faults.empty(), value);
      CHECK(out.faults[0].parameter == parameter);
      return out.faults[0].message;
    };
    CHECK(fault_of("streak", "days", "1") == "\"1\" is not a whole number, 2 to 3660");
    CHECK(fault_of("streak", "days", "7.5") == "\"7.5\" is not a whole number, 2 to 3660");
    CHECK(fault_of("early-bird", "per", "day").find("week, month, quarter, year")
          != std::string::npos);
    CHECK(fault_of("spend-tier", "currency", "EURO").find("EURO") != std::string::npos);
    CHECK(fault_of("nth-action", "within", "soon").find("soon") != std::string::npos);
    CHECK(fault_of("streak", "zone", "Mars/City").find("IANA") != std::string::npos);
    CHECK(fault_of("nth-action", "badge", "").find("1 to") != std::string::npos);
    CHECK(fault_of("nth-action", "event", "\xff\xfe") == "must be UTF-8");
    CHECK(fault_of("nth-action", "badge", std::string(300, 'x')).find("256") != std::string::npos);
    const auto named = fill_template(*find_template("streak"), {}, "\xff");
    REQUIRE(named.faults.size() == 1);
    CHECK(named.faults[0].parameter == "id");
  }

  TEST_CASE("values are taken as they are, whatever they look like") {
    const auto rule =
      nlohmann::json::parse(made("nth-action", {{"event", "a\"b{{count}}"}, {"count", "3"}}));

    CHECK(rule["on"] == nlohmann::json{"a\"b{{count}}"});
    CHECK(rule["badge"] == "3 x a\"b{{count}}");
    CHECK(rule["id"] == "a-b--count---3");
    CHECK(rule["when"]["ge"][1] == 3);
    CHECK_FALSE(rule.contains("key"));
  }

  TEST_CASE("nth-action: for the count-th time, of each value by itself") {
    story user(rules_of({made("nth-action", {{"count", "2"}, {"each", "post"}})}));
    for (const auto* const post : {"a", "b", "a"}) {
      auto event = event_at("checkin", hour);
      event.attributes = {{"post", std::string(post)}};
      user.tell({event});
    }
    REQUIRE(user.decided().size() == 1);
    CHECK(user.decided().begin()->second.key == std::vector<std::string>{"a"});
  }

  TEST_CASE("streak: a bought freeze covers a day that was missed") {
    story user(rules_of({made("streak", {{"days", "3"}, {"freezes", "1"}})}));
    user.tell(
      {event_at("freeze_bought", 0), event_at("checkin", hour), event_at("checkin", day + hour)});
    CHECK(granted_at(user) == -1);
    user.tell({event_at("checkin", 3 * day + hour)}); // The third day was missed.
    CHECK(granted_at(user) == 3 * day + hour);
  }

  TEST_CASE("spend-tier: kept over the grace, lost after it") {
    story user(
      rules_of({made("spend-tier", {{"amount", "100"}, {"within", "P10D"}, {"grace", "P2D"}})}));
    user.tell({paid(0, 6'000), paid(day, 4'000)});
    CHECK(granted_at(user) == day);
    user.advance(11 * day);
    CHECK(is_held(user)); // Since the tenth day it is less.
    user.advance(13 * day);
    CHECK_FALSE(is_held(user));
  }

  TEST_CASE("explorer: the same place twice counts once") {
    story user(rules_of({made("explorer", {{"count", "2"}, {"of", "place"}})}));
    std::int64_t at = 0;
    for (const auto* const place : {"x", "x", "y"}) {
      auto event = event_at("checkin", at += hour);
      event.attributes = {{"place", std::string(place)}};
      user.tell({event});
    }
    CHECK(granted_at(user) == 3 * hour);
  }

  TEST_CASE("early-bird: only before the hour, each day once") {
    story user(rules_of({made("early-bird", {{"days", "2"}})}));
    user.tell({event_at("checkin", 6 * hour), event_at("checkin", 6 * hour + 1),
               event_at("checkin", day + 7 * hour)});
    CHECK(granted_at(user) == -1);
    user.tell({event_at("checkin", 2 * day + 6 * hour)});
    CHECK(granted_at(user) == 2 * day + 6 * hour);
  }

  TEST_CASE("series-complete: different badges of the group") {
    const auto one = [](const std::string& id, const std::string& type) {
      return R"({"id":")" + id + R"(","badge":")" + id + R"(","on":[")" + type
             + R"("],"policy":{"group":{"name":"regional"}},"when":{"ge":[{"agg":{"f":"count"}},1]}})";
    };
    story user(
      rules_of({made("series-complete", {{"count", "2"}}), one("north", "n"), one("south", "s")}));
    user.tell({event_at("n", hour)});
    CHECK(user.decided().size() == 1);
    user.tell({event_at("s", 2 * hour)});
    CHECK(user.decided().size() == 3);
  }

  TEST_CASE("loyalty-card: a reward for every full card") {
    story user(rules_of({made("loyalty-card", {{"count", "3"}})}));
    for (int i = 1; i <= 7; ++i)
      user.tell({paid(i * hour, 300)});
    CHECK(user.decided().size() == 2);
  }

  TEST_CASE("comeback: only after the whole absence") {
    story user(rules_of({made("comeback", {{"days", "30"}})}));
    user.tell({event_at("visit", 0), event_at("visit", 29 * day)});
    CHECK(granted_at(user) == -1);
    user.tell({event_at("visit", 59 * day)});
    CHECK(granted_at(user) == 59 * day);
  }

  TEST_CASE("the page is that of the files") {
    std::ifstream file(std::string(LAUREL_SOURCE_DIR) + "/state/rules/templates.md");
    std::stringstream page;
    page << file.rdbuf();
    CHECK(page.str()
          == template_page()); // laurel rules new --print-page > state/rules/templates.md
  }
}
