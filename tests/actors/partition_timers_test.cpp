#include "schemas/decision_codec.hpp"
#include "state/timer.hpp"

#include "tests/support/pipeline_world.hpp"

#include <doctest/doctest.h>

#include <algorithm>

using namespace laurel;
using tests::pipeline_world;
using namespace std::chrono_literals;

namespace {

constexpr std::int64_t begin = 1'767'225'600'000; // As pipeline_world::checkin counts.

/// Two check-ins within a minute, as long as that is so.
const std::string busy = R"({"id":"busy","badge":"Busy","on":["checkin"],
  "policy":{"revoke":"maintained"},
  "when":{"ge":[{"agg":{"f":"count","win":{"last":"PT60S"}}},2]}})";

/// "user kind second", in the order of the log; the second is that of what was decided.
std::vector<std::string> decisions(const pipeline_world& world) {
  std::vector<std::string> out;
  for (const auto& record : world.log.outputs) {
    if (record.to != actors::output::grants)
      continue;
    const auto what = schemas::decode_decision(record.value).value();
    const auto at = what.revoked_at.value_or(what.granted_at).ms - begin;
    out.push_back(what.user_id + " " + std::string(schemas::name_of(what.kind)) + " "
                  + std::to_string(at / 1000));
  }
  return out;
}

std::size_t timers_in(const pipeline_world& world) {
  const auto& rows = world.stores.store->rows();
  return static_cast<std::size_t>(std::count_if(
    rows.begin(), rows.end(), [](const auto& row) { return state::timer_of(row.first); }));
}

using lines = std::vector<std::string>;

} // namespace

TEST_SUITE("timers of a task") {
  TEST_CASE("the event time of others ends a window, at its own time") {
    pipeline_world world;
    world.publish(busy);
    world.checkin("ann", 1);
    world.checkin("ann", 2);
    world.run_until_idle();
    CHECK(decisions(world) == lines{"ann granted 2"});
    CHECK(timers_in(world) == 1);

    world.checkin("bob", 300);
    world.run_until_idle();

    CHECK(decisions(world) == lines{"ann granted 2", "ann revoked 61"});
    CHECK(timers_in(world) == 0);
    CHECK(world.status().timers_fired == 1);
  }

  TEST_CASE("the wall clock ends it once the inputs have been at their end for long") {
    pipeline_world world;
    world.publish(busy);
    world.checkin("ann", 1);
    world.checkin("ann", 2);
    world.wall = {begin + 60'999};
    world.run_until_idle();
    CHECK(decisions(world) == lines{"ann granted 2"});
    CHECK(world.status().settled_until == world.wall);
    CHECK(world.status().next_timer->ms == begin + 61'000);

    world.wall = {begin + 61'000};
    world.world.advance(100ms);

    CHECK(decisions(world) == lines{"ann granted 2", "ann revoked 61"});
    CHECK(world.meta().clock == world.wall);
  }

  TEST_CASE(
    "before the inputs have been at their end for long, the wall clock counts for nothing") {
    pipeline_world world;
    world.publish(busy);
    world.wall = {begin + 1'000'000};
    world.checkin("ann", 1);
    world.checkin("ann", 2);
    world.start();
    while (world.feed.pump())
      world.world.advance(1s);
    world.world.advance(3s);
    CHECK(decisions(world) == lines{"ann granted 2"});

    world.world.advance(2s);

    CHECK(decisions(world) == lines{"ann granted 2", "ann revoked 61"});
  }

  TEST_CASE("after downtime the backlog is read before what it saves is ended") {
    pipeline_world world;
    world.publish(busy);
    world.checkin("ann", 1);
    world.checkin("ann", 2);
    world.run_until_idle();
    world.wall = {begin + 1'000'000};
    for (const int second : {50, 51, 100, 101})
      world.checkin("ann", second);
    world.checkin("bob", 110);

    world.restart();
    world.run_until_idle();

    CHECK(decisions(world) == lines{"ann granted 2", "ann revoked 160"});
  }

  TEST_CASE("a history that is loaded into an idle task is read before what it saves is ended") {
    pipeline_world world;
    world.publish(busy);
    world.wall = {begin + 1'000'000};
    world.checkin("bob", 900);
    world.run_until_idle();
    for (int second = 0; second < 200; second += 20)
      world.checkin("ann", second);

    for (int i = 0; i < 10; ++i) { // A record at a time; the end is seen after each.
      world.feed.pump(1);
      world.world.advance(200ms);
    }
    world.run_until_idle();

    CHECK(decisions(world) == lines{"ann granted 20", "ann revoked 220"});
  }

  TEST_CASE("many that are due go in the order of their times, a bounded number at once") {
    pipeline_world world;
    world.context.settings.timers_per_round_max = 2;
    world.publish(busy);
    for (int user = 9; user > 0; --user) {
      world.checkin("u" + std::to_string(user), 10 - user);
      world.checkin("u" + std::to_string(user), 11 - user);
    }
    world.run_until_idle();
    world.log.outputs.clear();

    world.checkin("bob", 1'000);
    world.run_until_idle();

    CHECK(decisions(world)
          == lines{"u9 revoked 61", "u8 revoked 62", "u7 revoked 63", "u6 revoked 64",
                   "u5 revoked 65", "u4 revoked 66", "u3 revoked 67", "u2 revoked 68",
                   "u1 revoked 69"});
    CHECK(timers_in(world) == 0);
  }

  TEST_CASE("a row of the index that is nobody's timer is taken away") {
    pipeline_world world;
    world.publish(busy);
    const std::vector<state::row> stray{state::timer_row({{begin}, "nobody"})};
    REQUIRE(world.stores.store->apply(stray, 0));
    world.log.changelog.insert(world.log.changelog.end(), stray.begin(), stray.end());
    world.checkin("ann", 1);

    world.run_until_idle();

    CHECK(timers_in(world) == 0);
    CHECK(world.meta().counters.users == 1);
  }
}
