#include "actors/partition_actor.hpp"
#include "schemas/decision_codec.hpp"
#include "state/parked.hpp"

#include "tests/support/pipeline_world.hpp"

#include <doctest/doctest.h>

using namespace laurel;
using namespace laurel::actors;
using tests::pipeline_world;

namespace {

/// Two users with one check-in each, of three that earn a badge; then ann's core record is damaged
/// and another process takes over.
struct trouble {
  pipeline_world world;
  std::string good;

  trouble() {
    world.publish(pipeline_world::count_rule("three", "checkin", 3));
    world.checkin("ann", 1);
    world.checkin("bob", 1);
    world.run_until_idle();
    good = world.stores.store->damage(state::core_key("ann"), "damaged");
    world.restart();
  }

  void cure() { world.stores.store->damage(state::core_key("ann"), good); }

  std::size_t waiting_rows() const {
    std::size_t count = 0;
    for (const auto& [key, value] : world.stores.store->rows())
      count += key.starts_with("__parked");
    return count;
  }
};

std::uint64_t accounted(const state::record_counters& counters) {
  return counters.applied + counters.duplicate + counters.late + counters.dead_letter
         + counters.parked;
}

} // namespace

TEST_SUITE("parking") {
  TEST_CASE("a user whose state cannot be read is parked, and everyone else goes on") {
    trouble with;
    with.world.checkin("ann", 2);
    with.world.checkin("bob", 2);
    with.world.checkin("ann", 3);
    with.world.checkin("bob", 3);

    with.world.run_until_idle();

    const auto status = with.world.status();
    CHECK(status.phase == task_phase::running);
    REQUIRE(status.parked.size() == 1);
    CHECK(status.parked[0].user_id == "ann");
    CHECK(status.parked[0].records == 2);
    CHECK(!status.parked[0].reason.empty());
    CHECK(with.world.outputs_to(output::grants) == 1); // Bob's.
    CHECK(with.world.meta().counters.parked == 2);
    CHECK(accounted(with.world.meta().counters) == 6);
    CHECK(with.world.log.group_offsets == input_offsets{6, 0});
    CHECK(with.waiting_rows() == 3); // Two records and the user.
    CHECK(with.world.journal.count("user parked") == 1);
    CHECK(with.world.feed.outstanding == 0);
  }

  TEST_CASE("unparking evaluates what waited, in order, and leaves nothing behind") {
    trouble with;
    for (const auto second : {2, 3, 3})
      with.world.checkin("ann", second);
    with.world.run_until_idle();
    with.cure();

    const auto outcome = with.world.unpark("ann");

    CHECK(outcome.problem.empty());
    CHECK(outcome.records == 3);
    CHECK(with.waiting_rows() == 0);
    const auto counters = with.world.meta().counters;
    CHECK(counters.parked == 0);
    CHECK(counters.applied == 4);
    CHECK(counters.duplicate == 1);
    CHECK(with.world.status().parked.empty());
    REQUIRE(with.world.outputs_to(output::grants) == 1);
    const auto grant = schemas::decode_decision(with.world.log.outputs[0].value).value();
    CHECK(grant.user_id == "ann");
    CHECK(grant.cause == "ann-3");
  }

  TEST_CASE("what comes after an unparked user's queue is evaluated after it") {
    trouble with;
    with.world.checkin("ann", 2);
    with.world.run_until_idle();
    with.cure();
    with.world.checkin("ann", 3);

    CHECK(with.world.unpark("ann").problem.empty());
    with.world.run_until_idle();

    CHECK(with.world.outputs_to(output::grants) == 1);
    CHECK(with.world.meta().counters.applied == 4);
    CHECK(with.waiting_rows() == 0);
  }

  TEST_CASE("a user who still cannot be read stays parked, and nothing has changed") {
    trouble with;
    with.world.checkin("ann", 2);
    with.world.run_until_idle();
    const auto before = with.world.meta().counters;

    const auto outcome = with.world.unpark("ann");

    CHECK(outcome.problem.find("still cannot be used") != std::string::npos);
    CHECK(with.world.meta().counters == before);
    with.world.checkin("ann", 3);
    with.world.checkin("bob", 2);
    with.world.run_until_idle();
    CHECK(with.world.meta().counters.parked == 2);
    CHECK(with.world.meta().counters.applied == 3);
  }

  TEST_CASE("who is parked, and what waits, outlives the process") {
    trouble with;
    with.world.checkin("ann", 2);
    with.world.run_until_idle();
    with.world.restart();
    with.world.checkin("ann", 3);
    with.world.run_until_idle();

    REQUIRE(with.world.status().parked.size() == 1);
    CHECK(with.world.status().parked[0].records == 2);

    with.cure();
    CHECK(with.world.unpark("ann").records == 2);
    CHECK(with.world.outputs_to(output::grants) == 1);
  }

  TEST_CASE("beyond the limit records become dead letters that can be sent again") {
    trouble with;
    with.world.context.settings.parked_records_max = 2;
    for (const auto second : {2, 3, 4, 5})
      with.world.checkin("ann", second);

    with.world.run_until_idle();

    CHECK(with.world.meta().counters.parked == 2);
    CHECK(with.world.meta().counters.dead_letter == 2);
    CHECK(accounted(with.world.meta().counters) == 6);
    REQUIRE(with.world.outputs_to(output::dlq) == 2);
    const auto& letter = with.world.log.outputs.front();
    CHECK(letter.headers.front()
          == std::pair<std::string, std::string>{"class", "parked_overflow"});
    CHECK(letter.value.find("\"ann-4\"") != std::string::npos);
  }

  TEST_CASE("who is not parked, or not here, is said so") {
    trouble with;
    with.world.run_until_idle();

    CHECK(with.world.unpark("bob").problem == "user \"bob\" is not parked");
    const auto elsewhere =
      with.world.world.ask<user_unparked>(with.world.supervisor, unpark_user{7, "bob"});
    CHECK(elsewhere.problem.find("does not serve") != std::string::npos);
  }

  TEST_CASE("an unparking whose commit fails is told so, and the user is parked as before") {
    trouble with;
    with.world.checkin("ann", 2);
    with.world.run_until_idle();
    with.cure();
    with.world.log.abort_next = 1;

    CHECK(with.world.unpark("ann").problem.find("interrupted") != std::string::npos);
    with.world.run_until_idle();

    CHECK(with.world.status().parked.size() == 1);
    CHECK(with.world.unpark("ann").problem.empty());
    CHECK(with.world.meta().counters.applied == 3);
  }

  TEST_CASE("a damaged store alone is cured by a rebuild, and the queue is emptied") {
    trouble with;
    for (const auto second : {2, 3})
      with.world.checkin("ann", second);
    with.world.run_until_idle();

    with.world.order(task_order::rebuild); // The changelog has the good record.
    with.world.run_until_idle();

    CHECK(with.world.unpark("ann").records == 2);
    CHECK(with.world.outputs_to(output::grants) == 1);
  }
}
