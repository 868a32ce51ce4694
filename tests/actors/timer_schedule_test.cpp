#include "actors/timer_schedule.hpp"

#include <doctest/doctest.h>

using namespace laurel;
using actors::timer_schedule;
using schemas::event_time;

namespace {

/// The committed index of a task, and a schedule that reads it.
struct task {
  std::vector<state::timer> index;
  timer_schedule schedule;
  int looks = 0;

  void look(std::int64_t now, std::size_t count_max = 10) {
    if (const auto query = schedule.look({now}, count_max)) {
      ++looks;
      schedule.found(answer(*query));
    }
  }
  state::due_timers answer(const state::timer_query& query) {
    std::sort(index.begin(), index.end());
    state::timer_scan scan(query);
    for (const auto& one : index)
      if (!(one < query.from) && !scan.take(state::timer_key(one)))
        break;
    return scan.answer();
  }
  void commit(std::vector<state::timer> fresh) {
    for (const auto& one : fresh)
      schedule.staged(one.due);
    schedule.window_taken();
    index.insert(index.end(), fresh.begin(), fresh.end());
    schedule.window_committed();
  }
};

} // namespace

TEST_SUITE("timer_schedule") {
  TEST_CASE("a task without timers asks once") {
    task one;

    for (const std::int64_t now : {1, 50, 1'000})
      one.look(now);
    one.commit({});
    one.look(2'000);

    CHECK(one.looks == 1);
    CHECK_FALSE(one.schedule.has_due());
    CHECK_FALSE(one.schedule.next());
  }

  TEST_CASE("asks when something is due, and not before") {
    task one;
    one.index = {{{10}, "ann"}, {{20}, "bob"}};

    one.look(9);
    CHECK_FALSE(one.schedule.has_due());
    CHECK(one.schedule.next()->ms == 10);
    one.look(9);
    CHECK(one.looks == 1);
    one.look(15);

    REQUIRE(one.schedule.has_due());
    const auto run = one.schedule.take();
    CHECK(run.timers == std::vector<state::timer>{{{10}, "ann"}});
    CHECK(run.to.ms == 15);
    CHECK(one.schedule.next()->ms == 20);
  }

  TEST_CASE("of more than fit, the earliest go first and time passes no further") {
    task one;
    one.index = {{{10}, "ann"}, {{10}, "bob"}, {{12}, "cem"}, {{13}, "dan"}};

    one.look(100, 3);
    const auto first = one.schedule.take();
    one.look(100, 3);
    const auto second = one.schedule.take();

    CHECK(first.timers.size() == 3);
    CHECK(first.to.ms == 12);
    CHECK(second.timers == std::vector<state::timer>{{{13}, "dan"}});
    CHECK(second.to.ms == 100);
  }

  TEST_CASE("what has been taken is not found again while its commit is under way") {
    task one;
    one.index = {{{10}, "ann"}};
    one.look(50);
    one.schedule.take();

    one.look(60);

    CHECK_FALSE(one.schedule.has_due());
  }

  TEST_CASE("a timer set for before the cursor is found once it is committed") {
    task one;
    one.index = {{{10}, "ann"}};
    one.look(50);
    one.schedule.take();
    one.schedule.staged({5});
    CHECK(one.schedule.next()->ms == 5);
    one.look(60);
    CHECK_FALSE(one.schedule.has_due()); // The store does not have it yet.

    one.commit({{{5}, "bob"}});
    one.look(60);

    REQUIRE(one.schedule.has_due());
    CHECK(one.schedule.take().timers.front().user_id == "bob");
  }

  TEST_CASE("a timer that is committed while the store is read is not missed") {
    task one;
    one.index = {{{10}, "ann"}};
    const auto query = one.schedule.look({50}, 10);
    REQUIRE(query);
    const auto seen = one.answer(*query);
    one.commit({{{5}, "bob"}});
    one.schedule.found(seen);
    one.schedule.take();

    one.look(50);

    REQUIRE(one.schedule.has_due());
    CHECK(one.schedule.take().timers.front().user_id == "bob");
  }
}
