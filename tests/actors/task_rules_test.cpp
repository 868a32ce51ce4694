#include "actors/task_rules.hpp"

#include <doctest/doctest.h>

using namespace laurel;
using namespace laurel::actors;
using state::rules::rule_book;

namespace {

std::shared_ptr<const rule_book> book_of(const std::string& rule) {
  auto compiled = state::rules::compile_rule(rule);
  REQUIRE(compiled.rule != nullptr);
  return std::make_shared<const rule_book>(
    std::vector<std::shared_ptr<const state::rules::compiled_rule>>{compiled.rule});
}

std::string checkins(int target, const std::string& type = "checkin") {
  return R"({"id":"regular","badge":"Regular","on":[")" + type
         + R"("],"when":{"ge":[{"agg":{"f":"count"}},)" + std::to_string(target) + "]}}";
}

state::task_meta after(std::uint64_t commits, std::int64_t clock_ms) {
  state::task_meta meta;
  meta.commit_number = commits;
  meta.clock = {clock_ms};
  return meta;
}

} // namespace

TEST_SUITE("task rules") {
  TEST_CASE("in a task that has committed nothing, everything counts") {
    const auto made = switch_rules(book_of(checkins(10)), after(0, 5'000));

    CHECK(made.active.effective_from.at(0) == schemas::event_time::lowest());
  }

  TEST_CASE("a new rule counts from the task's clock") {
    const auto made = switch_rules(book_of(checkins(10)), after(3, 5'000));

    CHECK(made.active.effective_from.at(0) == schemas::event_time{5'000});
  }

  TEST_CASE("another threshold leaves the rule where it began") {
    auto meta = after(3, 5'000);
    meta.rules = switch_rules(book_of(checkins(10)), meta).entries;
    meta.clock = {9'000};

    const auto made = switch_rules(book_of(checkins(20)), meta);

    CHECK(made.active.effective_from.at(0) == schemas::event_time{5'000});
    CHECK(made.entries.at("regular").version != meta.rules.at("regular").version);
  }

  TEST_CASE("other aggregates begin anew") {
    auto meta = after(3, 5'000);
    meta.rules = switch_rules(book_of(checkins(10)), meta).entries;
    meta.clock = {9'000};

    const auto made = switch_rules(book_of(checkins(10, "share")), meta);

    CHECK(made.active.effective_from.at(0) == schemas::event_time{9'000});
  }
}
