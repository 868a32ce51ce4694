#include "actors/committer.hpp"

#include "tests/support/fake_log.hpp"

#include <doctest/doctest.h>

using namespace laurel;
using namespace laurel::actors;

namespace {

struct bench {
  tests::fake_log log;
  tests::fake_log_factory logs{log};
  tests::fake_store_factory stores{log};
  store_directory directory;
  committer under_test{{0, &logs, &stores, &directory, std::chrono::seconds{60}},
                       std::make_unique<tests::inline_runner>()};

  schemas::result<opened_task> open() {
    schemas::result<opened_task> answer = schemas::failure(schemas::errc::transient, "no answer");
    under_test.open(store_origin::what_is_there,
                    [&](schemas::result<opened_task> got) { answer = std::move(got); });
    return answer;
  }

  commit_outcome commit(const state::row& row) {
    auto batch = std::make_shared<commit_batch>();
    state::task_meta meta;
    meta.commit_number = 1;
    meta.next_offset = {1, 0};
    batch->rows = {row, {std::string{state::meta_key}, state::encode(meta)}};
    batch->next_offset = meta.next_offset;
    commit_outcome answer;
    under_test.commit(batch, [&](commit_outcome got, std::chrono::milliseconds) { answer = got; });
    return answer;
  }
};

const state::row ann{state::core_key("ann"), "state"};

} // namespace

TEST_SUITE("committer") {
  TEST_CASE("writes the log first and then the store") {
    bench task;
    REQUIRE(task.open());

    CHECK(task.commit(ann).what == commit_outcome::kind::committed);

    CHECK(task.log.changelog.size() == 2);
    CHECK(task.stores.store->rows().at(ann.key) == "state");
    CHECK(task.stores.store->changelog_position().value() == 2);
  }

  TEST_CASE("writes nothing into the store if the transaction is aborted") {
    bench task;
    REQUIRE(task.open());
    task.log.abort_next = 1;

    CHECK(task.commit(ann).what == commit_outcome::kind::aborted);

    CHECK(task.stores.store->rows().empty());
  }

  TEST_CASE("is refused by the log once another owner has fenced it") {
    bench task;
    REQUIRE(task.open());
    tests::fake_task_log other{task.log};
    REQUIRE(other.fence());

    CHECK(task.commit(ann).what == commit_outcome::kind::fenced);
    CHECK(task.stores.store->rows().empty());
  }

  TEST_CASE("a store that fails after the log has taken the commit is behind, and catches up") {
    bench task;
    REQUIRE(task.open());
    task.log.die_before = task.log.calls + 2; // The store's write.
    CHECK(task.commit(ann).what == commit_outcome::kind::aborted);
    CHECK(task.stores.store->rows().empty());

    task.log.dead = false;
    const auto again = task.open();

    REQUIRE(again);
    CHECK(again->meta.next_offset == input_offsets{1, 0});
    CHECK(task.stores.store->rows().at(ann.key) == "state");
  }

  TEST_CASE("shows the store to queries only while the task is open") {
    bench task;
    CHECK(task.directory.of(0) == nullptr);
    REQUIRE(task.open());
    CHECK(task.directory.of(0) != nullptr);

    bool closed = false;
    task.under_test.close([&] { closed = true; });

    CHECK(closed);
    CHECK(task.directory.of(0) == nullptr);
  }

  TEST_CASE("answers a commit on a task that is not open") {
    bench task;

    CHECK(task.commit(ann).what == commit_outcome::kind::aborted);
  }
}
