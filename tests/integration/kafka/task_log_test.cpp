#include "tests/integration/kafka/harness.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <map>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <vector>

using namespace laurel;
using namespace laurel::test;
using namespace std::chrono_literals;
using topology::stream;
using kind = actors::commit_outcome::kind;

namespace {

actors::commit_batch batch_of(const std::string& meta, actors::input_offsets next) {
  actors::commit_batch batch;
  batch.outputs = {{actors::output::grants, "user1", R"({"kind":"granted"})", {{"epoch", "1"}}}};
  batch.rows = {{"user1-core", "state"}, {"user2-core", std::nullopt}, {"__meta", meta}};
  batch.next_offset = next;
  batch.changelog_headers = {{"epoch", "1"}};
  return batch;
}

/// A log whose feed has joined its group and owns everything.
struct joined_log {
  explicit joined_log(const topology::kafka::settings& from, std::size_t partitions = 1)
      : log(open_log(from)) {
    log->feed().run(listener);
    listener.wait_assigned(partitions);
  }
  ~joined_log() { log->feed().close(); }

  std::unique_ptr<actors::task_log> task(std::int32_t partition = 0) {
    auto opened = log->task_logs().open(partition);
    REQUIRE(opened);
    REQUIRE((*opened)->fence());
    return std::move(*opened);
  }

  recorder listener;
  std::unique_ptr<topology::kafka::kafka_log> log;
};

std::vector<state::row> replayed(actors::task_log& task, std::optional<std::int64_t> position,
                                 std::int64_t* end = nullptr) {
  std::vector<state::row> all;
  const auto done = task.replay(position, [&](std::span<const state::row> rows, std::int64_t) {
    all.insert(all.end(), rows.begin(), rows.end());
    return schemas::result<void>{};
  });
  REQUIRE_MESSAGE(done, done.error().message);
  if (end != nullptr)
    *end = *done;
  return all;
}

} // namespace

TEST_SUITE("kafka task log") {
  TEST_CASE("writes outputs, rows and offsets as one transaction") {
    auto& kafka = broker::shared();
    const auto settings = fresh_settings(kafka);
    joined_log joined{settings};
    auto task = joined.task();

    const auto outcome = task->commit(batch_of("one", {7, 3}));

    REQUIRE_MESSAGE(outcome.what == kind::committed, outcome.reason);
    const auto changelog = read_topic(kafka.address(), settings.streams.name(stream::changelog), 0);
    REQUIRE(changelog.size() == 3);
    CHECK(changelog[0].key == "user1-core");
    CHECK(changelog[1].value == std::nullopt);
    CHECK(changelog[2].key == "__meta");
    CHECK(changelog[2].headers == actors::headers{{"epoch", "1"}});
    CHECK(outcome.changelog_position == changelog[2].offset + 1);
    const auto grants = read_topic(kafka.address(), settings.streams.name(stream::grants), 0);
    REQUIRE(grants.size() == 1);
    CHECK(grants[0].headers == actors::headers{{"epoch", "1"}});
    CHECK(task->committed_offsets().value() == actors::input_offsets{7, 3});
  }

  TEST_CASE("goes on with the next transaction after a commit") {
    const auto settings = fresh_settings(broker::shared());
    joined_log joined{settings};
    auto task = joined.task();

    const auto first = task->commit(batch_of("one", {1, 0}));
    const auto second = task->commit(batch_of("two", {2, 0}));

    REQUIRE(first.what == kind::committed);
    REQUIRE_MESSAGE(second.what == kind::committed, second.reason);
    CHECK(second.changelog_position > first.changelog_position);
    CHECK(replayed(*task, first.changelog_position).back().value == "two");
  }

  TEST_CASE("has no committed offsets before the first commit") {
    const auto settings = fresh_settings(broker::shared());
    joined_log joined{settings};

    CHECK(joined.task()->committed_offsets().value() == actors::input_offsets{-1, -1, -1});
  }

  TEST_CASE("a second owner fences the first, which commits nothing any more") {
    auto& kafka = broker::shared();
    const auto settings = fresh_settings(kafka);
    joined_log joined{settings};
    auto zombie = joined.task();
    REQUIRE(zombie->commit(batch_of("one", {1, 1})).what == kind::committed);
    auto owner = joined.task();

    const auto outcome = zombie->commit(batch_of("two", {2, 2}));

    CHECK(outcome.what == kind::fenced);
    CHECK(owner->committed_offsets().value() == actors::input_offsets{1, 1});
    CHECK(read_topic(kafka.address(), settings.streams.name(stream::changelog), 0).size() == 3);
    CHECK(owner->commit(batch_of("three", {3, 3})).what == kind::committed);
  }

  TEST_CASE("aborts when a member that left the group commits") {
    const auto settings = fresh_settings(broker::shared());
    auto leaver = std::make_unique<joined_log>(settings);
    auto task = leaver->task();
    leaver->log->feed().close();

    const auto outcome = task->commit(batch_of("one", {1, 1}));

    CHECK(outcome.what == kind::aborted);
    task.reset();
  }

  TEST_CASE("aborts a transaction with a record that is too large, and can go on") {
    auto& kafka = broker::shared();
    const auto settings = fresh_settings(kafka);
    joined_log joined{settings};
    auto task = joined.task();
    auto batch = batch_of("one", {1, 1});
    batch.outputs[0].value.assign(std::size_t{3} << 20, 'x');

    const auto outcome = task->commit(batch);

    CHECK(outcome.what == kind::aborted);
    CHECK(outcome.reason.find("MSG_SIZE_TOO_LARGE") != std::string::npos);
    CHECK(replayed(*task, std::nullopt).empty());
    auto reopened = joined.task();
    CHECK(reopened->commit(batch_of("two", {1, 1})).what == kind::committed);
  }

  TEST_CASE("replays from a position to the end, without what was aborted") {
    auto& kafka = broker::shared();
    const auto settings = fresh_settings(kafka);
    joined_log joined{settings};
    auto task = joined.task();
    const auto& changelog = settings.streams.name(stream::changelog);
    const auto one = task->commit(batch_of("one", {1, 1}));
    write_transaction(kafka.address(), changelog, 0, {{"user9-core", "ghost", {}}}, false);
    REQUIRE(task->commit(batch_of("two", {2, 2})).what == kind::committed);
    write_transaction(kafka.address(), changelog, 0, {{"user9-core", "ghost", {}}}, false);

    std::int64_t end = 0;
    const auto all = replayed(*task, std::nullopt, &end);
    const auto tail = replayed(*task, one.changelog_position);

    REQUIRE(all.size() == 6);
    CHECK(all[1] == state::row{"user2-core", std::nullopt});
    CHECK(all[5] == state::row{"__meta", "two"});
    CHECK(tail.size() == 3);
    CHECK(replayed(*task, end).empty());
  }

  TEST_CASE("replays an empty changelog at once") {
    const auto settings = fresh_settings(broker::shared());
    joined_log joined{settings};
    std::int64_t end = -1;

    CHECK(replayed(*joined.task(), std::nullopt, &end).empty());
    CHECK(end == 0);
  }

  TEST_CASE("ends a replay with the error of its sink") {
    const auto settings = fresh_settings(broker::shared());
    joined_log joined{settings};
    auto task = joined.task();
    REQUIRE(task->commit(batch_of("one", {1, 1})).what == kind::committed);

    const auto done = task->replay(std::nullopt, [](std::span<const state::row>, std::int64_t) {
      return schemas::result<void>{schemas::failure(schemas::errc::transient, "disk full")};
    });

    REQUIRE_FALSE(done);
    CHECK(done.error().message == "disk full");
  }

  TEST_CASE("calls a store that is ahead of the changelog corrupt") {
    const auto settings = fresh_settings(broker::shared());
    joined_log joined{settings};
    auto task = joined.task();
    const auto nothing = [](std::span<const state::row>, std::int64_t) {
      return schemas::result<void>{};
    };

    const auto done = task->replay(99, nothing);

    REQUIRE_FALSE(done);
    CHECK(done.error().code == schemas::errc::corrupt);
  }

  TEST_CASE("refuses to replay what the log has deleted") {
    auto& kafka = broker::shared();
    const auto settings = fresh_settings(kafka);
    joined_log joined{settings};
    auto task = joined.task();
    const auto one = task->commit(batch_of("one", {1, 1}));
    REQUIRE(task->commit(batch_of("two", {2, 2})).what == kind::committed);
    const auto& changelog = settings.streams.name(stream::changelog);
    alter_topic(kafka.address(), changelog, "cleanup.policy", "delete");
    delete_records(kafka.address(), changelog, 0, one.changelog_position + 1);
    const auto nothing = [](std::span<const state::row>, std::int64_t) {
      return schemas::result<void>{};
    };

    const auto from_store = task->replay(one.changelog_position, nothing);
    const auto from_nothing = task->replay(std::nullopt, nothing);

    REQUIRE_FALSE(from_store);
    CHECK(from_store.error().code == schemas::errc::refused);
    REQUIRE_FALSE(from_nothing);
    CHECK(from_nothing.error().code == schemas::errc::refused);
    CHECK(replayed(*task, one.changelog_position + 1).size() == 3);
  }

  TEST_CASE("tells where the inputs begin after their retention") {
    auto& kafka = broker::shared();
    const auto settings = fresh_settings(kafka);
    const auto& topic = settings.streams.name(stream::engagement);
    write_topic(kafka.address(), topic, 0, {{"a", "1", {}}, {"a", "2", {}}, {"a", "3", {}}});
    delete_records(kafka.address(), topic, 0, 2);
    joined_log joined{settings};

    CHECK(joined.task()->first_offsets().value() == actors::input_offsets{2, 0});
  }

  TEST_CASE("commits after the broker has been away") {
    broker own;
    auto settings = fresh_settings(own);
    settings.session_timeout = std::chrono::seconds{60}; // Longer than the broker is away: the
    joined_log joined{settings};                         // group still knows us when it is back.
    auto task = joined.task();
    REQUIRE(task->commit(batch_of("one", {1, 1})).what == kind::committed);

    own.kill();
    own.restart();
    auto outcome = task->commit(batch_of("two", {2, 2}));
    if (outcome.what != kind::committed) { // As the pipeline does: open the task again.
      task = joined.task();
      outcome = task->commit(batch_of("two", {2, 2}));
    }

    CHECK_MESSAGE(outcome.what == kind::committed, outcome.reason);
    CHECK(replayed(*task, std::nullopt).size() == 6);
  }

  TEST_CASE("says of each commit whether it happened, while the broker hangs again and again") {
    const auto* given = std::getenv("LAUREL_SEED");
    const auto seed = given != nullptr ? std::stoul(given) : std::random_device{}();
    MESSAGE("LAUREL_SEED=" << seed);
    broker own;
    auto settings = fresh_settings(own);
    settings.transaction_timeout = 1s;
    joined_log joined{settings};
    std::atomic<bool> done{false};
    std::thread chaos{[&] {
      std::mt19937_64 chance{seed};
      while (!done) {
        std::this_thread::sleep_for(std::chrono::milliseconds{chance() % 300});
        own.freeze();
        std::this_thread::sleep_for(std::chrono::milliseconds{chance() % 2'500});
        own.thaw();
      }
    }};

    std::map<std::string, kind> told;
    std::int64_t committed = 0;
    std::unique_ptr<actors::task_log> task;
    for (int n = 0; n < 15; ++n) {
      if (task == nullptr) {
        auto opened = joined.log->task_logs().open(0);
        if (!opened || !(*opened)->fence())
          continue;
        task = std::move(*opened);
      }
      const auto meta = "commit " + std::to_string(n);
      const auto outcome = task->commit(batch_of(meta, {n, n}));
      if (outcome.reason.find("whether it was committed") == std::string::npos)
        told[meta] = outcome.what;
      if (outcome.what == kind::committed)
        ++committed;
      else
        task.reset();
    }
    done = true;
    chaos.join();

    auto last = joined.task();
    std::set<std::string> found;
    for (const auto& row : replayed(*last, std::nullopt))
      if (row.key == "__meta")
        CHECK(found.insert(row.value.value()).second);
    for (const auto& [meta, what] : told)
      CHECK_MESSAGE(found.contains(meta) == (what == kind::committed), meta);
    CHECK(committed > 0);
    MESSAGE(committed << " committed, " << told.size() << " told, " << found.size() << " found");
  }
}
