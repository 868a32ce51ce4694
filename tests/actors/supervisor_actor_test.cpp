#include "actors/supervisor_actor.hpp"

#include "tests/support/pipeline_world.hpp"

#include <doctest/doctest.h>

using namespace laurel;
using namespace laurel::actors;
using tests::pipeline_world;
using namespace std::chrono_literals;

namespace {

/// A running task with a rule, one event of it committed.
void begin(pipeline_world& world) {
  world.publish(pipeline_world::count_rule("first", "checkin", 1));
  world.checkin("ann", 1);
  world.run_until_idle();
  REQUIRE(world.status().phase == task_phase::running);
}

} // namespace

TEST_SUITE("supervisor actor") {
  TEST_CASE("says in one line what failed, of which class, how often, and what follows") {
    pipeline_world world;
    begin(world);
    world.log.abort_next = 1;
    world.checkin("bob", 1);

    world.run_until_idle();

    CHECK(world.journal.count("task failed target=supervisor partition=0 class=transient "
                              "reason=commit: as the test asked failures=1 in_a_row=1 "
                              "next=open again delay_ms=100")
          == 1);
    CHECK(world.status().failures == 1);
    CHECK(world.status().last_failure == "transient: commit: as the test asked");
    CHECK(world.status().phase == task_phase::running);
    CHECK(world.status().reason.empty());
  }

  TEST_CASE("waits longer after each failure in a row, and begins anew after a commit") {
    pipeline_world world;
    begin(world);
    world.log.abort_next = 3;
    world.checkin("bob", 1);
    world.run_until_idle();
    world.log.abort_next = 1;
    world.checkin("bob", 2);
    world.run_until_idle();

    for (const auto* delay : {"delay_ms=100", "delay_ms=200", "delay_ms=400"})
      CHECK(world.journal.count(delay) == (std::string_view{delay} == "delay_ms=100" ? 2 : 1));
    CHECK(world.status().failures == 4);
  }

  TEST_CASE("gives a task up whose budget is spent, and tries it again much later") {
    pipeline_world world;
    begin(world);
    world.context.settings.restarts.restarts_max = 2;
    world.stores.open_fault = schemas::error{schemas::errc::not_found, "no such device"};
    world.order(task_order::restart);
    world.run_until_idle();

    CHECK(world.status().phase == task_phase::failed);
    CHECK(world.status().reason == "no such device");

    world.stores.open_fault.reset();
    world.world.advance(world.context.settings.restarts.given_up_pause);
    CHECK(world.status().phase == task_phase::running);
  }

  TEST_CASE("a task that was given up runs again by command") {
    pipeline_world world;
    begin(world);
    world.context.settings.restarts.restarts_max = 0;
    world.stores.open_fault = schemas::error{schemas::errc::not_found, "no such device"};
    world.order(task_order::restart);
    world.run_until_idle();
    REQUIRE(world.status().phase == task_phase::failed);

    world.stores.open_fault.reset();
    world.order(task_order::restart);
    world.world.settle();

    CHECK(world.status().phase == task_phase::running);
  }

  TEST_CASE("a store that turns out corrupt while it is used is moved aside and rebuilt") {
    pipeline_world world;
    begin(world);
    const auto before = world.stores.store->rows();
    world.stores.store->faulty_reads = 1;
    world.stores.store->read_fault = {schemas::errc::corrupt, "bad block"};
    world.checkin("bob", 1); // Asleep, so the store is asked.

    world.run_until_idle();

    CHECK(world.stores.quarantined == 1);
    CHECK(world.journal.count("class=corrupt") == 1);
    CHECK(world.outputs_to(output::grants) == 2);
    for (const auto& [key, value] : before)
      if (key != state::meta_key)
        CHECK(world.stores.store->rows().at(key) == value);
  }

  TEST_CASE("a store is rebuilt by command from the changelog alone") {
    pipeline_world world;
    begin(world);
    const auto before = world.stores.store->rows();

    world.order(task_order::rebuild);
    world.run_until_idle();

    CHECK(world.stores.quarantined == 1);
    CHECK(world.stores.store->rows() == before);
    CHECK(world.status().phase == task_phase::running);
  }

  TEST_CASE("a paused task commits what it has evaluated and reads nothing more") {
    pipeline_world world;
    begin(world);
    world.checkin("bob", 1);
    world.feed.pump();
    world.world.settle(); // Evaluated, not committed.

    world.order(task_order::pause, "maintenance");
    world.run_until_idle();
    world.checkin("cem", 1);
    world.run_until_idle();

    CHECK(world.status().phase == task_phase::paused);
    CHECK(world.status().reason == "maintenance");
    CHECK(world.log.group_offsets == input_offsets{2, 0});
    CHECK(world.feed.outstanding == 0);
    CHECK(world.directory.of(0) != nullptr); // Queries are answered.

    world.order(task_order::resume);
    world.run_until_idle();
    CHECK(world.status().phase == task_phase::running);
    CHECK(world.log.group_offsets == input_offsets{3, 0});
  }

  TEST_CASE("a task stays paused over a failure and a restart") {
    pipeline_world world;
    begin(world);
    world.order(task_order::pause, "maintenance");
    world.order(task_order::restart);
    world.checkin("bob", 1);
    world.run_until_idle();

    CHECK(world.status().phase == task_phase::paused);
    CHECK(world.log.group_offsets == input_offsets{1, 0});
  }

  TEST_CASE("a paused task is released, and its successor reads on") {
    pipeline_world world;
    begin(world);
    world.order(task_order::pause);
    world.release();
    world.checkin("bob", 1);

    world.restart();
    world.run_until_idle();

    CHECK(world.outputs_to(output::grants) == 2);
  }

  TEST_CASE("a flood of dead letters pauses the task, and it goes on by itself after a while") {
    pipeline_world world;
    begin(world);
    world.context.settings.round_records_max = 10;
    world.context.settings.breaker_pause = 1h;
    world.restart(); // The limits are read when the task starts.
    for (int i = 0; i < 5'000; ++i)
      world.log.append(schemas::input::engagement, "ann", "{not json");
    world.run_until_idle();

    CHECK(world.status().phase == task_phase::paused);
    CHECK(world.status().reason.find("a flood of dead letters") != std::string::npos);
    CHECK(world.status().reason.find("laurel tasks resume") != std::string::npos);
    const auto letters = world.outputs_to(output::dlq);
    CHECK(letters >= 1'000);
    CHECK(letters <= 1'010); // A round more than the limit, not the whole input.
    CHECK(world.feed.outstanding == 0);

    world.world.advance(1h);
    world.run_until_idle();
    CHECK(world.outputs_to(output::dlq) > letters);
    CHECK(world.outputs_to(output::dlq) <= 2 * letters);
  }

  TEST_CASE("an order names the partitions that are here") {
    pipeline_world world;
    begin(world);
    const auto told = world.world.ask<tasks_ordered>(
      world.supervisor, order_tasks{{0, 7}, task_order::pause, "look"});

    CHECK(told.partitions == std::vector<std::int32_t>{0});
  }
}
