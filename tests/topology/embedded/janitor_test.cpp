#include "topology/embedded/compaction.hpp"
#include "topology/embedded/embedded_appender.hpp"
#include "topology/embedded/embedded_task_log.hpp"
#include "topology/embedded/log_reader.hpp"
#include "topology/embedded/retention.hpp"

#include "tests/topology/conformance_support.hpp"
#include "tests/topology/embedded/embedded_world.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <thread>

using namespace laurel;
using namespace laurel::topology::embedded;
using kind = actors::commit_outcome::kind;

namespace {

const std::atomic<bool> never{false};
constexpr slot changelog{topic::changelog, 0};

/// A log of one partition without a janitor of its own.
struct bare_log {
  explicit bare_log(std::function<void(topology::embedded_settings&)> change = {}) {
    auto settings = tests::small_settings(directory.path());
    settings.partitions = 1;
    settings.clean_bytes_min = 1;
    settings.now_ms = [this] { return now.load(); };
    if (change)
      change(settings);
    auto opened = log_core::open(settings);
    REQUIRE_MESSAGE(opened, tests::why(opened));
    core = *opened;
    task = std::make_unique<embedded_task_log>(core, 0);
    REQUIRE(task->fence());
  }

  std::int64_t commit(std::vector<state::row> rows, actors::input_offsets next = {0, 0}) {
    actors::commit_batch batch;
    batch.rows = std::move(rows);
    batch.next_offset = next;
    const auto outcome = task->commit(batch);
    REQUIRE(outcome.what == kind::committed);
    return outcome.changelog_position;
  }

  void send(const std::string& value, schemas::input to = schemas::input::engagement) {
    const std::vector<actors::event_appender::record> records{{to, "ann", value}};
    REQUIRE(embedded_appender(core).append(records));
  }

  void compact_now() { REQUIRE(compact(*core, changelog, never)); }

  tests::temp_directory directory;
  std::atomic<std::int64_t> now{1'000'000};
  std::shared_ptr<log_core> core;
  std::unique_ptr<embedded_task_log> task;
};

std::map<std::string, std::string> fold(const std::vector<state::row>& rows,
                                        std::map<std::string, std::string> into = {}) {
  for (const auto& row : rows) {
    if (row.value)
      into[row.key] = *row.value;
    else
      into.erase(row.key);
  }
  return into;
}

} // namespace

TEST_SUITE("compaction") {
  TEST_CASE("keeps the last record of each key, at its offset") {
    bare_log log;
    log.commit({{"a", "1"}, {"b", "1"}});
    const auto position = log.commit({{"a", "2"}});
    log.commit({{"a", "3"}, {"c", "1"}});
    const auto before = log.core->state_of(changelog);

    log.compact_now();

    CHECK(tests::replay_all(*log.task).rows
          == std::vector<state::row>{{"b", "1"}, {"a", "3"}, {"c", "1"}});
    CHECK(tests::replay_all(*log.task, position).rows
          == std::vector<state::row>{{"a", "3"}, {"c", "1"}});
    const auto after = log.core->state_of(changelog);
    CHECK(after.next_offset == before.next_offset);
    CHECK(after.bytes < before.bytes);
  }

  TEST_CASE("does not work again before enough is new") {
    bare_log log([](auto& settings) { settings.clean_bytes_min = 1U << 20; });
    log.commit({{"a", "1"}});
    log.commit({{"a", "2"}});

    log.compact_now();

    CHECK(tests::replay_all(*log.task).rows.size() == 2);
  }

  TEST_CASE("a young deletion stays, an old one goes, and the log remembers") {
    bare_log log([](auto& settings) { settings.tombstone_retention_ms = 1000; });
    const auto before_deletion = log.commit({{"a", "1"}, {"b", "1"}});
    log.commit({{"a", std::nullopt}});
    log.now += 1000;
    const auto after_deletion = log.commit({{"b", "2"}});
    log.compact_now();
    CHECK(tests::replay_all(*log.task, before_deletion).rows
          == std::vector<state::row>{{"a", std::nullopt}, {"b", "2"}});

    log.now += 1;
    log.commit({{"b", std::string(500, '3')}});
    log.compact_now();

    CHECK(fold(tests::replay_all(*log.task).rows)
          == std::map<std::string, std::string>{{"b", std::string(500, '3')}});
    const auto missed =
      log.task->replay(before_deletion, [](auto, auto) { return schemas::result<void>{}; });
    REQUIRE_FALSE(missed);
    CHECK(missed.error().code == schemas::errc::corrupt);
    CHECK(tests::replay_all(*log.task, after_deletion).rows.size() == 1);
    CHECK(tests::replay_all(*log.task, 0).rows.size() == 1); // An empty store misses nothing.
  }

  TEST_CASE("any history replays to the same state from any position, before and after") {
    const auto seed = std::random_device{}();
    CAPTURE(seed);
    std::mt19937 random(seed);
    const auto pick = [&](unsigned below) { return static_cast<unsigned>(random() % below); };
    bare_log log;
    std::map<std::string, std::string> truth;
    std::vector<std::pair<std::int64_t, std::map<std::string, std::string>>> stores{{0, {}}};
    for (int step = 0; step < 400; ++step) {
      std::vector<state::row> rows;
      for (unsigned i = 1 + pick(8); i > 0; --i) {
        rows.push_back(
          {"key-" + std::to_string(pick(60)), std::string(pick(3000), 'v') + std::to_string(step)});
        if (pick(6) == 0)
          rows.back().value.reset();
      }
      truth = fold(rows, truth);
      stores.emplace_back(log.commit(std::move(rows)), truth);
      if (pick(40) == 0)
        log.compact_now();
    }
    log.compact_now();

    for (const auto& [position, store] : stores)
      REQUIRE(fold(tests::replay_all(*log.task, position).rows, store) == truth);
  }

  TEST_CASE("loses nothing that is appended or replayed at the same time") {
    bare_log log([](auto& settings) { settings.tombstone_retention_ms = 0; });
    std::atomic<bool> done{false};
    std::thread keeper([&] {
      while (!done)
        REQUIRE(compact(*log.core, changelog, never));
    });
    std::map<std::string, std::string> truth;
    for (int step = 0; step < 500; ++step) {
      ++log.now;
      std::vector<state::row> rows;
      for (int i = 0; i < 20; ++i)
        rows.push_back({"key-" + std::to_string((step * 7 + i) % 90), std::to_string(step)});
      if (step % 3 == 0)
        rows.push_back({"key-" + std::to_string(step % 90), std::nullopt});
      truth = fold(rows, truth);
      log.commit(rows);
      if (step % 50 == 0)
        CHECK(fold(tests::replay_all(*log.task).rows) == truth);
    }
    done = true;
    keeper.join();

    CHECK(fold(tests::replay_all(*log.task).rows) == truth);
  }
}

TEST_SUITE("retention") {
  TEST_CASE("drops the oldest of what was consumed, and keeps to the limit") {
    bare_log log([](auto& settings) { settings.retention_bytes = 20'000; });
    for (int i = 0; i < 100; ++i)
      log.send(std::string(1000, 'v'));
    log.commit({}, {100, 0});

    REQUIRE(drop_oldest(*log.core, never));

    CHECK(log.core->retained_bytes() <= 20'000);
    CHECK(log.core->retained_bytes() > 15'000);
    const auto first = log.task->first_offsets().value()[0];
    CHECK(first > 0);
    const auto page = log_reader(log.core).read(topic::engagement, 0, 0, 1000).value();
    CHECK(page.records.front().offset == first);
    CHECK(page.records.size() == static_cast<std::size_t>(100 - first));
  }

  TEST_CASE("never drops what the task has not consumed") {
    bare_log log([](auto& settings) { settings.retention_bytes = 2000; });
    for (int i = 0; i < 50; ++i)
      log.send(std::string(1000, 'v'));

    REQUIRE(drop_oldest(*log.core, never));
    CHECK(log.task->first_offsets().value()[0] == 0);

    log.commit({}, {10, 0});
    REQUIRE(drop_oldest(*log.core, never));
    CHECK(log.task->first_offsets().value()[0] == 10);
    CHECK(log_reader(log.core).read(topic::engagement, 0, 0, 1000).value().records.size() == 40);
  }

  TEST_CASE("goes by age over all topics, and leaves compacted ones alone") {
    bare_log log([](auto& settings) { settings.retention_bytes = 6000; });
    actors::commit_batch batch;
    batch.outputs.push_back(tests::grant("ann", std::string(4000, 'g')));
    batch.rows.push_back({"a", std::string(9000, 'r')});
    batch.next_offset = {0, 0};
    REQUIRE(log.task->commit(batch).what == kind::committed);
    log.now += 1000;
    log.send(std::string(4000, 'v'));
    log.commit({}, {1, 0});

    REQUIRE(drop_oldest(*log.core, never));

    CHECK(log_reader(log.core).first_offset(topic::grants, 0) == 1); // The older one.
    CHECK(log_reader(log.core).first_offset(topic::engagement, 0) == 0);
    CHECK(tests::replay_all(*log.task).rows.size() == 1);
  }

  TEST_CASE("what was dropped stays dropped, and the offsets go on") {
    bare_log log([](auto& settings) { settings.retention_bytes = 1; });
    for (int i = 0; i < 10; ++i)
      log.send("value");
    log.commit({}, {10, 0});
    REQUIRE(drop_oldest(*log.core, never));
    auto settings = log.core->settings();
    log.task.reset();
    log.core.reset();

    const auto core = log_core::open(settings).value();

    CHECK(core->state_of({topic::engagement, 0}).first_offset == 10);
    CHECK(core->state_of({topic::engagement, 0}).next_offset == 10);
    CHECK(core->retained_bytes() == 0);
  }
}
