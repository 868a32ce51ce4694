#include "actors/partition_actor.hpp"
#include "actors/supervisor_actor.hpp"

#include "tests/support/actor_world.hpp"
#include "tests/support/pipeline_world.hpp"

#include <doctest/doctest.h>

using namespace laurel;
using namespace laurel::actors;
using tests::pipeline_world;
using namespace std::chrono_literals;

TEST_SUITE("partition actor") {
  TEST_CASE("grants a badge in the same transaction as the offsets and the state") {
    pipeline_world world;
    world.publish(pipeline_world::count_rule("regular", "checkin", 2));
    world.checkin("ann", 1);
    world.checkin("ann", 2);

    world.run_until_idle();

    REQUIRE(world.log.outputs.size() == 1);
    CHECK(world.log.outputs[0].to == output::grants);
    CHECK(world.log.outputs[0].key == "ann");
    CHECK(world.log.group_offsets == input_offsets{2, 0});
    CHECK(world.meta().counters.applied == 2);
    CHECK(world.meta().next_offset == input_offsets{2, 0});
    CHECK(world.feed.outstanding == 0);
  }

  TEST_CASE("evaluates nothing before it has rules") {
    pipeline_world world;
    world.checkin("ann", 1);

    world.run_until_idle();
    CHECK(world.log.group_offsets == input_offsets{-1, -1, -1});

    world.publish(pipeline_world::count_rule("first", "checkin", 1));
    world.run_until_idle();
    CHECK(world.log.outputs.size() == 1);
  }

  TEST_CASE("takes a duplicate, a poison record and a late event into account") {
    pipeline_world world;
    world.publish(pipeline_world::count_rule("regular", "checkin", 100));
    world.checkin("ann", 1);
    world.checkin("ann", 1);
    world.log.append(schemas::input::engagement, "ann", "{not json");
    world.checkin("ann", 10'000'000);
    world.checkin("ann", 2);

    world.run_until_idle();

    const auto counters = world.meta().counters;
    CHECK(counters.applied == 2);
    CHECK(counters.duplicate == 1);
    CHECK(counters.dead_letter == 1);
    CHECK(counters.late == 1);
    REQUIRE(world.log.outputs.size() == 2);
    CHECK(world.outputs_to(output::dlq) == 1);
    CHECK(world.outputs_to(output::late) == 1);
  }

  TEST_CASE("an aborted commit is done again from what is committed, and nothing twice") {
    pipeline_world world;
    world.publish(pipeline_world::count_rule("regular", "checkin", 2));
    world.log.abort_next = 2;
    world.checkin("ann", 1);
    world.checkin("ann", 2);
    world.checkin("bob", 1);

    world.run_until_idle();

    CHECK(world.log.outputs.size() == 1);
    CHECK(world.meta().counters.applied == 3);
    CHECK(world.feed.outstanding == 0);
  }

  TEST_CASE("a user who was put to sleep goes on from the store") {
    pipeline_world world;
    world.context.settings.awake_users_max = 1;
    world.publish(pipeline_world::count_rule("regular", "checkin", 3));
    for (const auto second : {1, 2, 3})
      for (const auto* user : {"ann", "bob", "cem"}) {
        world.checkin(user, second);
        world.run_until_idle();
      }

    CHECK(world.outputs_to(output::grants) == 3);
    CHECK(world.meta().counters.users == 3); // Each counted once, however often it slept.
    CHECK(world.status().awake_users <= 1);
  }

  TEST_CASE("a released task commits what it has evaluated") {
    pipeline_world world;
    world.publish(pipeline_world::count_rule("first", "checkin", 1));
    world.run_until_idle();
    world.checkin("ann", 1);
    world.feed.pump();
    world.world.settle(); // Evaluated; the timer of the commit has not fired.

    world.release();

    CHECK(world.log.group_offsets == input_offsets{1, 0});
    CHECK(world.outputs_to(output::grants) == 1);
  }

  TEST_CASE("a lost task commits nothing") {
    pipeline_world world;
    world.publish(pipeline_world::count_rule("first", "checkin", 1));
    world.run_until_idle();
    world.checkin("ann", 1);
    world.feed.pump();
    world.context.settings.commit_interval_min = 1h;

    world.release(true);

    CHECK(world.outputs_to(output::grants) == 0);
    CHECK(world.feed.outstanding == 0);
  }

  TEST_CASE("a task whose offsets were moved is refused and says why") {
    pipeline_world world;
    world.log.group_offsets = {5, 5};

    world.run_until_idle();

    CHECK(world.status().phase == task_phase::failed);
    CHECK(world.status().reason.find("state was lost") != std::string::npos);
  }
}
