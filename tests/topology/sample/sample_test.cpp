#include "schemas/event_codec.hpp"
#include "state/rules/rule_book.hpp"
#include "topology/sample/sample_cursor.hpp"
#include "topology/sample/sample_feeder.hpp"
#include "topology/sample/sample_stream.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <map>
#include <set>

using namespace laurel;
using namespace laurel::topology;

namespace {

constexpr std::uint64_t seed = 7;
constexpr schemas::event_time noon{1'767'614'400'000}; // 2026-01-05T12:00:00Z
constexpr std::int64_t noon_slot = noon.ms / sample_stream::slot_ms;

std::vector<std::string> drain(sample_cursor& cursor, schemas::event_time now) {
  std::vector<std::string> all;
  for (auto some = cursor.take(now, 500); !some.empty(); some = cursor.take(now, 500))
    all.insert(all.end(), some.begin(), some.end());
  return all;
}

std::string id_of(const std::string& line) {
  return nlohmann::json::parse(line).at("event_id");
}

schemas::event_time time_of(const std::string& line) {
  return schemas::parse_rfc3339(nlohmann::json::parse(line).at("occurred_at").get<std::string>())
    .value();
}

} // namespace

TEST_SUITE("sample stream") {
  TEST_CASE("every line is an event that the decoder takes, in the topic it belongs to") {
    const sample_stream stream(seed);
    schemas::event_decoder decoder;
    std::map<std::string, int> types;

    auto lines = stream.day(noon.ms / sample_stream::day_ms);
    for (std::int64_t slot = noon_slot; slot < noon_slot + 2'000; ++slot)
      for (auto& line : stream.slot(slot))
        lines.push_back(std::move(line));

    for (const auto& line : lines) {
      const auto routed = decoder.route(line);
      REQUIRE_MESSAGE(routed.has_value(), line);
      const std::string type = nlohmann::json::parse(line).at("type");
      ++types[type];
      const bool is_money = type == "purchase" || type == "refund";
      CHECK((routed->to == schemas::input::transaction) == is_money);
    }
    for (const auto* type : {"checkin", "share", "purchase", "refund"})
      CHECK_MESSAGE(types[type] > 50, type);
  }

  TEST_CASE("the same time holds the same events, and no two events share an id") {
    const sample_stream one(seed);
    const sample_stream same(seed);
    std::set<std::string> ids;
    for (std::int64_t slot = noon_slot; slot < noon_slot + 3'000; ++slot) {
      const auto lines = one.slot(slot);
      CHECK(lines == same.slot(slot));
      for (const auto& line : lines)
        CHECK(ids.insert(id_of(line)).second);
    }
  }

  TEST_CASE("a refund takes back a purchase that was made, whole and by the same user") {
    const sample_stream stream(seed);
    int refunds = 0;
    for (std::int64_t slot = noon_slot; slot < noon_slot + 500; ++slot)
      for (const auto& line : stream.slot(slot)) {
        const auto refund = nlohmann::json::parse(line);
        if (refund.at("type") != "refund")
          continue;
        ++refunds;
        const std::string origin = refund.at("retracts");
        const auto bought = nlohmann::json::parse(
          stream.slot(std::stoll(origin.substr(origin.rfind('-') + 1))).back());
        CHECK(bought.at("event_id") == origin);
        CHECK(bought.at("user_id") == refund.at("user_id"));
        CHECK(bought.at("amount") == refund.at("amount"));
      }
    CHECK(refunds > 0);
  }

  TEST_CASE("newcomers keep arriving") {
    const sample_stream stream(seed);
    const auto users_of = [&](std::int64_t from) {
      std::set<std::string> users;
      for (std::int64_t slot = from; slot < from + 4'000; ++slot)
        for (const auto& line : stream.slot(slot))
          users.insert(nlohmann::json::parse(line).at("user_id"));
      return users;
    };

    const auto now = users_of(noon_slot);
    std::size_t fresh = 0;
    for (const auto& user : users_of(noon_slot + 120'000))
      fresh += now.contains(user) ? 0U : 1U;

    CHECK(now.size() > 400);
    CHECK(fresh > 20);
  }
}

TEST_SUITE("sample cursor") {
  TEST_CASE("a first start tells ten days in short, in order of time, then goes on live") {
    sample_cursor cursor(sample_stream(seed), std::nullopt, noon);

    const auto lines = drain(cursor, {noon.ms + 1'000});

    CHECK(time_of(lines.front()).ms > noon.ms - 11 * sample_stream::day_ms);
    CHECK(time_of(lines.front()).ms < noon.ms - 9 * sample_stream::day_ms);
    for (std::size_t i = 1; i < lines.size(); ++i)
      CHECK(time_of(lines[i - 1]) <= time_of(lines[i]));
    CHECK(time_of(lines.back()).ms >= noon.ms + 900);
    CHECK(drain(cursor, {noon.ms + 1'000}).empty());
  }

  TEST_CASE("a restart goes on with the next event, without a gap and without a repetition") {
    sample_cursor whole(sample_stream(seed), std::nullopt, noon);
    auto expected = drain(whole, noon);
    for (const auto& line : drain(whole, {noon.ms + 20'000}))
      expected.push_back(line);

    sample_cursor before(sample_stream(seed), std::nullopt, noon);
    auto told = drain(before, {noon.ms + 5'000});
    sample_cursor after(sample_stream(seed), before.text(), {noon.ms + 20'000});
    for (const auto& line : drain(after, {noon.ms + 20'000}))
      told.push_back(line);

    CHECK(told == expected);
  }

  TEST_CASE("after a stop of three days, the two that were missed whole are told in short") {
    sample_cursor before(sample_stream(seed), std::nullopt, noon);
    drain(before, {noon.ms + 1'000});
    const schemas::event_time later{noon.ms + 3 * sample_stream::day_ms};

    sample_cursor after(sample_stream(seed), before.text(), later);
    const auto lines = drain(after, {later.ms + 1'000});

    std::set<std::int64_t> days;
    for (const auto& line : lines)
      days.insert(time_of(line).ms / sample_stream::day_ms - noon.ms / sample_stream::day_ms);
    CHECK(days == std::set<std::int64_t>{1, 2, 3});
    CHECK(lines.size() < 3'000);
  }

  TEST_CASE("midnight passes without a day told twice") {
    const schemas::event_time midnight{(noon.ms / sample_stream::day_ms + 1)
                                       * sample_stream::day_ms};
    sample_cursor cursor(sample_stream(seed), std::nullopt, {midnight.ms - 1'000});
    drain(cursor, {midnight.ms - 500});

    sample_cursor after(sample_stream(seed), cursor.text(), {midnight.ms + 500});
    for (const auto& line : drain(after, {midnight.ms + 1'000}))
      CHECK(id_of(line).find("day") == std::string::npos);
  }

  TEST_CASE("a position that cannot be read is a first start, a clock set back no standstill") {
    sample_cursor broken(sample_stream(seed), "nonsense", noon);
    CHECK(drain(broken, {noon.ms + 100}).size() > 1'000);

    sample_cursor ahead(sample_stream(seed), "99999999 999999999999999", noon);
    CHECK_FALSE(drain(ahead, {noon.ms + 100}).empty());
  }
}

TEST_SUITE("sample rules") {
  TEST_CASE("they are six, and all of them compile") {
    const auto rules = nlohmann::json::parse(sample_rules());
    REQUIRE(rules.size() == 6);
    for (const auto& rule : rules) {
      const auto outcome = state::rules::compile_rule(rule.dump());
      for (const auto& fault : outcome.faults)
        MESSAGE(fault.path, ": ", fault.message);
      CHECK_MESSAGE(outcome.rule != nullptr, rule.at("id"));
    }
  }
}
