#include "topology/embedded/embedded_log.hpp"

#include "tests/topology/conformance_support.hpp"
#include "tests/topology/embedded/embedded_world.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <unistd.h>
#include <vector>

using namespace laurel;
using topology::embedded::log_tail;
using topology::embedded::topic;
using kind = actors::commit_outcome::kind;

namespace {

std::unique_ptr<topology::embedded_log> open(topology::embedded_settings settings) {
  auto log = topology::embedded_log::open(std::move(settings));
  REQUIRE_MESSAGE(log, tests::why(log));
  return std::move(*log);
}

schemas::result<void> send(topology::embedded_log& log, const std::string& user,
                           const std::string& value) {
  const std::vector<actors::event_appender::record> records{
    {schemas::input::engagement, user, value}};
  return log.appender().append(records);
}

std::int64_t count(const topology::embedded_log& log, topic of) {
  std::int64_t records = 0;
  for (std::int32_t partition = 0; partition < log.reader().partitions(of); ++partition)
    records += log.reader().next_offset(of, partition);
  return records;
}

std::unique_ptr<actors::task_log> fenced(topology::embedded_log& log, std::int32_t partition) {
  auto task = log.task_logs().open(partition);
  REQUIRE(task);
  REQUIRE((*task)->fence());
  return std::move(*task);
}

} // namespace

TEST_SUITE("embedded log") {
  TEST_CASE("an appended record keeps its headers") {
    const tests::temp_directory directory;
    const auto log = open(tests::small_settings(directory.path()));
    const std::vector<actors::event_appender::record> records{
      {schemas::input::engagement, "ann", "hello", {{"traceparent", "00-abc"}}}};

    REQUIRE(log->appender().append(records));

    actors::headers found;
    for (std::int32_t p = 0; p < log->reader().partitions(topic::engagement); ++p) {
      const auto page = log->reader().read(topic::engagement, p, 0, 10);
      REQUIRE(page.has_value());
      for (const auto& record : page->records)
        found = record.headers;
    }
    CHECK(found == actors::headers{{"traceparent", "00-abc"}});
  }

  TEST_CASE("everything is there after it was closed and opened") {
    const tests::temp_directory directory;
    {
      const auto log = open(tests::small_settings(directory.path()));
      REQUIRE(send(*log, "ann", "hello"));
      const std::vector<std::pair<std::string, std::string>> rules{{"rule/a/1", "{}"}};
      REQUIRE(log->catalog().append(rules));
      REQUIRE(fenced(*log, 0)->commit(tests::commit_of({{"a", "1"}}, {5, 6})).what
              == kind::committed);
    }

    const auto log = open(tests::small_settings(directory.path()));

    CHECK(count(*log, topic::engagement) == 1);
    CHECK(count(*log, topic::catalog) == 1);
    CHECK(log->committed(0) == actors::input_offsets{5, 6});
    CHECK(tests::replay_all(*fenced(*log, 0)).rows.size() == 2);
  }

  TEST_CASE("an owner of before the restart stays fenced") {
    const tests::temp_directory directory;
    auto settings = tests::small_settings(directory.path());
    {
      const auto log = open(settings);
      fenced(*log, 0).reset();
    }
    const auto log = open(settings);
    const auto task = fenced(*log, 0);
    const auto next = fenced(*log, 0);

    CHECK(task->commit(tests::commit_of({{"a", "1"}})).what == kind::fenced);
    CHECK(next->commit(tests::commit_of({{"a", "1"}})).what == kind::committed);
  }

  TEST_CASE("a task that never fenced commits nothing") {
    const tests::temp_directory directory;
    const auto log = open(tests::small_settings(directory.path()));

    const auto outcome = log->task_logs().open(0).value()->commit(tests::commit_of({{"a", "1"}}));

    CHECK(outcome.what == kind::aborted);
    CHECK(count(*log, topic::changelog) == 0);
  }

  TEST_CASE("the directory belongs to one at a time, and the other is told whose it is") {
    const tests::temp_directory directory;
    const auto log = open(tests::small_settings(directory.path()));

    const auto other = topology::embedded_log::open(tests::small_settings(directory.path()));

    REQUIRE_FALSE(other);
    CHECK(other.error().code == schemas::errc::refused);
    CHECK(other.error().message.find("process " + std::to_string(::getpid())) != std::string::npos);
  }

  TEST_CASE("the number of partitions is final") {
    const tests::temp_directory directory;
    auto settings = tests::small_settings(directory.path());
    open(settings).reset();

    settings.partitions = 4;
    const auto other = topology::embedded_log::open(settings);
    REQUIRE_FALSE(other);
    CHECK(other.error().code == schemas::errc::bad_setting);

    settings.partitions = 0; // Whatever it has.
    CHECK(open(settings)->partitions() == 3);
  }

  TEST_CASE("what must exist is not made") {
    const tests::temp_directory directory;
    auto settings = tests::small_settings(directory.path() / "nothing");
    settings.partitions = 0;

    const auto log = topology::embedded_log::open(settings);

    REQUIRE_FALSE(log);
    CHECK(log.error().code == schemas::errc::not_found);
    CHECK_FALSE(std::filesystem::exists(directory.path() / "nothing" / "CURRENT"));
  }

  TEST_CASE("a log that lost its head is never replaced by an empty one") {
    const tests::temp_directory directory;
    const auto settings = tests::small_settings(directory.path());
    open(settings).reset();
    std::filesystem::remove(directory.path() / "CURRENT");

    const auto log = topology::embedded_log::open(settings);

    REQUIRE_FALSE(log);
    CHECK(log.error().code == schemas::errc::corrupt);
  }

  TEST_CASE("below the reserve ingest is refused with the reason, and commits go on") {
    const tests::temp_directory directory;
    auto settings = tests::small_settings(directory.path());
    std::atomic<std::uint64_t> free{1000};
    settings.reserve_bytes = 1000;
    settings.free = [&](const auto&) { return schemas::result<std::uint64_t>(free.load()); };
    const auto log = open(settings);
    const auto task = fenced(*log, 0);
    REQUIRE(send(*log, "ann", "fits"));

    free = 999;
    const auto refused = send(*log, "ann", "too much");
    const std::vector<std::pair<std::string, std::string>> rules{{"rule/a/1", "{}"}};

    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == schemas::errc::transient);
    CHECK(refused.error().message.find("999 bytes are free") != std::string::npos);
    CHECK_FALSE(log->catalog().append(rules));
    CHECK(task->commit(tests::commit_of({{"a", "1"}})).what == kind::committed);

    free = 499;
    const auto aborted = task->commit(tests::commit_of({{"a", "2"}}));
    CHECK(aborted.what == kind::aborted);
    CHECK(aborted.reason.find("nearly full") != std::string::npos);
    free = 1000;
    CHECK(send(*log, "ann", "fits again"));
    CHECK(task->commit(tests::commit_of({{"a", "3"}})).what == kind::committed);
    CHECK(count(*log, topic::engagement) == 2);
    CHECK(count(*log, topic::changelog) == 4);
  }

  TEST_CASE("many threads append and commit at once, and every record has its own offset") {
    const tests::temp_directory directory;
    const auto log = open(tests::small_settings(directory.path()));
    constexpr int each = 200;
    std::vector<std::thread> threads;
    std::atomic<int> failed{0};
    for (int i = 0; i < 4; ++i)
      threads.emplace_back([&, i] {
        for (int n = 0; n < each; ++n) {
          const auto name = std::to_string(i) + "/" + std::to_string(n);
          failed += send(*log, "user-" + name, name) ? 0 : 1;
        }
      });
    for (std::int32_t partition = 0; partition < log->partitions(); ++partition)
      threads.emplace_back([&, partition] {
        const auto task = fenced(*log, partition);
        for (int n = 0; n < each; ++n) {
          const bool done = task->commit(tests::commit_of({{"k", std::to_string(n)}}, {n, n})).what
                            == kind::committed;
          failed += done ? 0 : 1;
        }
      });
    for (auto& thread : threads)
      thread.join();

    CHECK(failed == 0);
    std::set<std::string> values;
    for (std::int32_t partition = 0; partition < log->partitions(); ++partition) {
      const auto page = log->reader().read(topic::engagement, partition, 0, 10'000).value();
      for (std::size_t i = 0; i < page.records.size(); ++i) {
        CHECK(page.records[i].offset == static_cast<std::int64_t>(i));
        values.insert(page.records[i].value.value());
      }
      CHECK(log->committed(partition) == actors::input_offsets{each - 1, each - 1});
    }
    CHECK(values.size() == 4 * each);
  }

  TEST_CASE("append times follow the clock and never go back") {
    const tests::temp_directory directory;
    auto settings = tests::small_settings(directory.path());
    settings.partitions = 1;
    std::atomic<std::int64_t> now{5000};
    settings.now_ms = [&] { return now.load(); };
    const auto log = open(settings);

    REQUIRE(send(*log, "ann", "1"));
    now = 4000;
    REQUIRE(send(*log, "ann", "2"));
    now = 6000;
    REQUIRE(send(*log, "ann", "3"));

    const auto page = log->reader().read(topic::engagement, 0, 0, 10).value();
    REQUIRE(page.records.size() == 3);
    CHECK(page.records[0].append_time_ms == 5000);
    CHECK(page.records[1].append_time_ms == 5000);
    CHECK(page.records[2].append_time_ms == 6000);
  }

  TEST_CASE("a start outside of the log fails the feed and names the offset") {
    const tests::temp_directory directory;
    const auto log = open(tests::small_settings(directory.path()));
    tests::recording_listener listener(std::chrono::seconds(30));
    log->feed().run(listener);

    log->feed().start(1, {12, 0});

    REQUIRE(listener.wait([](const auto& seen) { return seen.failed.has_value(); }));
    CHECK(listener.failed->code == schemas::errc::refused);
    CHECK(listener.failed->message
          == "offset 12 of badge.engagement.events/1 is outside of the log, which has 0 to 0");
    log->feed().close();
  }

  TEST_CASE("a tail shows what comes, from the end or from the beginning") {
    const tests::temp_directory directory;
    const auto log = open(tests::small_settings(directory.path()));
    const auto task = fenced(*log, 2);
    const auto commit = [&](const std::string& value) {
      auto batch = tests::commit_of({{"a", "1"}});
      batch.outputs.push_back(tests::grant("ann", value));
      REQUIRE(task->commit(batch).what == kind::committed);
    };
    commit("before");

    const auto all = log->tail({topic::grants}, log_tail::begin::at_first);
    const auto fresh = log->tail({topic::grants, topic::dlq}, log_tail::begin::at_end);
    std::thread later([&] { commit("after"); });
    const auto seen = fresh->next(10, std::chrono::seconds(30)).value();
    later.join();

    REQUIRE(seen.size() == 1);
    CHECK(seen[0].value.value() == "after");
    CHECK(seen[0].partition == 2);
    CHECK(seen[0].headers == actors::headers{{"epoch", "1"}});
    CHECK(all->next(1, {}).value()[0].value.value() == "before");
    CHECK(all->next(10, {}).value()[0].value.value() == "after");
    CHECK(all->next(10, {}).value().empty());
  }

  TEST_CASE("a reader pages through a partition") {
    const tests::temp_directory directory;
    auto settings = tests::small_settings(directory.path());
    settings.partitions = 1;
    const auto log = open(settings);
    for (int i = 0; i < 25; ++i)
      REQUIRE(send(*log, "ann", std::to_string(i)));

    std::vector<std::string> values;
    std::int64_t next = 0;
    for (bool at_end = false; !at_end;) {
      const auto page = log->reader().read(topic::engagement, 0, next, 10).value();
      CHECK(page.records.size() <= 10);
      for (const auto& record : page.records)
        values.push_back(record.value.value());
      next = page.next_offset;
      at_end = page.at_end;
    }

    CHECK(values.size() == 25);
    CHECK(values.back() == "24");
    CHECK(next == 25);
  }
}
