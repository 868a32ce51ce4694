#include "actors/takeover.hpp"

#include "tests/support/fake_log.hpp"

#include <doctest/doctest.h>

using namespace laurel;
using namespace laurel::actors;

namespace {

/// A log and a store, as an earlier owner left them.
struct left_behind {
  tests::fake_log log;
  tests::fake_store_factory stores{log};
  tests::fake_task_log mine{log};

  void commit(std::uint64_t number, input_offsets next) {
    state::task_meta meta;
    meta.commit_number = number;
    meta.owner_epoch = 4;
    meta.next_offset = next;
    log.changelog.push_back({std::string{state::meta_key}, state::encode(meta)});
    log.group_offsets = next;
  }

  schemas::result<opened_task> take() { return take_over(0, mine, stores); }
};

} // namespace

TEST_SUITE("take-over") {
  TEST_CASE("a new task starts at the beginning of its inputs, as epoch 1") {
    left_behind world;

    const auto task = world.take();

    REQUIRE(task);
    CHECK(task->meta.next_offset == input_offsets{0, 0});
    CHECK(task->meta.owner_epoch == 1);
    CHECK(task->meta.commit_number == 0);
    CHECK(world.log.owner == 1);
  }

  TEST_CASE("replays what the store has not seen and goes on where the last commit ended") {
    left_behind world;
    world.log.changelog.push_back({state::core_key("u1"), "state of u1"});
    world.commit(7, {12, 3});

    const auto task = world.take();

    REQUIRE(task);
    CHECK(task->restored_rows == 2);
    CHECK(task->meta.next_offset == input_offsets{12, 3});
    CHECK(task->meta.commit_number == 7);
    CHECK(task->meta.owner_epoch == 5);
    CHECK(world.stores.store->rows().at(state::core_key("u1")) == "state of u1");
  }

  TEST_CASE("takes an offset that the group has lost from __meta") {
    left_behind world;
    world.commit(7, {12, 3});
    world.log.group_offsets = {-1, -1, -1};

    const auto task = world.take();

    REQUIRE(task);
    CHECK(task->meta.next_offset == input_offsets{12, 3});
  }

  TEST_CASE("refuses to run when somebody moved the group's offset, and names the cure") {
    left_behind world;
    world.commit(7, {12, 3});
    world.log.group_offsets = {10, 3};

    const auto task = world.take();

    REQUIRE_FALSE(task);
    CHECK(task.error().code == schemas::errc::refused);
    CHECK(task.error().message.find("set it back to 12") != std::string::npos);
  }

  TEST_CASE("refuses to start empty when the group says that there was state") {
    left_behind world;
    world.log.group_offsets = {10, 3};

    const auto task = world.take();

    REQUIRE_FALSE(task);
    CHECK(task.error().code == schemas::errc::refused);
  }

  TEST_CASE("rebuilds a store that lies past the changelog's end") {
    left_behind world;
    world.commit(7, {12, 3});
    const state::row stray{state::core_key("ghost"), "never committed"};
    REQUIRE(world.stores.store->apply(std::span{&stray, 1}, 99));

    const auto task = world.take();

    REQUIRE(task);
    CHECK(task->meta.commit_number == 7);
    CHECK(world.stores.store->rows().count(state::core_key("ghost")) == 0);
  }
}
