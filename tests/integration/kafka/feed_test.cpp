#include "tests/integration/kafka/harness.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <thread>

using namespace laurel;
using namespace laurel::test;
using topology::stream;
using namespace std::chrono_literals;

namespace {

constexpr auto engagement = schemas::input::engagement;
constexpr auto transaction = schemas::input::transaction;

std::vector<raw_record> numbered(int count, std::size_t size = 10) {
  std::vector<raw_record> records;
  for (int i = 0; i < count; ++i) {
    auto value = std::to_string(i);
    value.resize(std::max(value.size(), size), ' ');
    records.push_back({"user", value, {}});
  }
  return records;
}

bool are_consecutive(const std::vector<recorder::seen>& records, std::int64_t from) {
  for (const auto& record : records)
    if (record.offset != from++)
      return false;
  return true;
}

/// A deployment with one consumer; nothing is released unless a test does.
struct fixture {
  explicit fixture(std::int32_t partitions = 1, std::size_t credit_bytes = std::size_t{32} << 20)
      : settings(fresh_settings(kafka, partitions)) {
    settings.credit_bytes = credit_bytes;
    settings.batch_bytes_max = std::min<std::size_t>(settings.batch_bytes_max, credit_bytes);
  }
  ~fixture() {
    if (log != nullptr)
      log->feed().close();
  }

  void write(stream to, std::int32_t partition, const std::vector<raw_record>& records) {
    write_topic(kafka.address(), settings.streams.name(to), partition, records);
  }

  actors::feed& join(std::size_t partitions = 1) {
    log = open_log(settings);
    log->feed().run(listener);
    listener.wait_assigned(partitions);
    return log->feed();
  }

  broker& kafka = broker::shared();
  topology::kafka::settings settings;
  recorder listener;
  std::unique_ptr<topology::kafka::kafka_log> log;
};

} // namespace

TEST_SUITE("kafka feed") {
  TEST_CASE("delivers both inputs of a partition in offset order") {
    fixture with;
    with.write(stream::engagement, 0, numbered(5'000));
    with.write(stream::transaction, 0, numbered(3'000));
    auto& feed = with.join();

    const auto session = feed.start(0, {0, 0});

    const auto first = with.listener.wait_records({0, engagement}, 5'000);
    const auto second = with.listener.wait_records({0, transaction}, 3'000);
    CHECK(are_consecutive(first, 0));
    CHECK(are_consecutive(second, 0));
    CHECK(first.front().session == session);
    CHECK(first.front().key == "user");
    CHECK(first.back().value.substr(0, 4) == "4999");
    CHECK(first.back().append_time_ms > 1'500'000'000'000);
    with.listener.wait_end({0, engagement});
    with.listener.wait_end({0, transaction});
    CHECK(feed.lag(0, engagement) == 0);
  }

  TEST_CASE("delivers nothing before a start") {
    fixture with{2};
    with.write(stream::engagement, 0, numbered(10));
    with.write(stream::engagement, 1, numbered(10));
    auto& feed = with.join(2);

    feed.start(1, {0, 0});

    with.listener.wait_records({1, engagement}, 10);
    CHECK(with.listener.count({0, engagement}) == 0);
  }

  TEST_CASE("starts at exact offsets, whatever the group has committed") {
    fixture with;
    with.write(stream::engagement, 0, numbered(100));
    auto& feed = with.join();

    feed.start(0, {42, 0});

    CHECK(are_consecutive(with.listener.wait_records({0, engagement}, 58), 42));
  }

  TEST_CASE("tells the end also of an input that has nothing") {
    fixture with;
    with.join().start(0, {0, 0});

    with.listener.wait_end({0, engagement});
    with.listener.wait_end({0, transaction});
  }

  TEST_CASE("rewinds many times and neither repeats nor skips a record of a session") {
    fixture with{2};
    with.write(stream::engagement, 0, numbered(20'000));
    with.write(stream::engagement, 1, numbered(20'000));
    auto& feed = with.join(2);
    feed.start(1, {0, 0});

    std::uint64_t session = 0;
    std::int64_t from = 0;
    for (int round = 0; round < 30; ++round) {
      from = (round * 7'919) % 15'000;
      session = feed.start(0, {from, 0});
      with.listener.wait_records({0, engagement}, static_cast<std::size_t>(round) * 50);
    }

    const auto of_last = [&] {
      auto all = with.listener.wait_records({0, engagement}, 1);
      std::erase_if(all, [&](const auto& record) { return record.session != session; });
      return all;
    };
    while (of_last().size() < static_cast<std::size_t>(20'000 - from))
      std::this_thread::sleep_for(std::chrono::milliseconds{10});
    CHECK(are_consecutive(of_last(), from));
    CHECK(of_last().size() == static_cast<std::size_t>(20'000 - from));
    const auto neighbour = with.listener.wait_records({1, engagement}, 20'000);
    CHECK(neighbour.size() == 20'000);
    CHECK(are_consecutive(neighbour, 0));
  }

  TEST_CASE("stops a partition until the next start") {
    fixture with;
    with.write(stream::engagement, 0, numbered(10));
    auto& feed = with.join();
    feed.start(0, {0, 0});
    with.listener.wait_records({0, engagement}, 10);

    feed.stop(0);
    with.write(stream::engagement, 0, numbered(10));
    const auto session = feed.start(0, {10, 0});

    const auto all = with.listener.wait_records({0, engagement}, 20);
    CHECK(are_consecutive(all, 0));
    CHECK(all[10].session == session);
  }

  TEST_CASE("pauses an input without credit, and its neighbours go on") {
    constexpr std::size_t credit = 400'000; // 100,000 bytes for each of the four inputs.
    fixture with{2, credit};
    with.settings.batch_bytes_max = 10'000;
    with.write(stream::engagement, 0, numbered(1'000, 1'000));
    with.write(stream::engagement, 1, numbered(50, 1'000));
    auto& feed = with.join(2);
    feed.start(0, {0, 0});
    feed.start(1, {0, 0});

    with.listener.wait_records({0, engagement}, 99);
    with.listener.wait_records({1, engagement}, 50);
    with.write(stream::engagement, 1, numbered(20, 1'000));
    with.listener.wait_records({1, engagement}, 70);
    const auto held = with.listener.bytes({0, engagement});
    CHECK(held >= credit / 4);
    CHECK(held <= credit / 4 + 10'000 + 2'000);

    std::size_t released = 0; // A slow task: it gives back in small portions.
    while (with.listener.count({0, engagement}) < 1'000) {
      const auto delivered = with.listener.bytes({0, engagement});
      const auto portion = std::min<std::size_t>(delivered - released, 25'000);
      feed.release(0, engagement, portion);
      released += portion;
      std::this_thread::sleep_for(std::chrono::milliseconds{1});
    }
    const auto all = with.listener.wait_records({0, engagement}, 1'000);
    CHECK(all.size() == 1'000);
    CHECK(are_consecutive(all, 0));
  }

  TEST_CASE("shows records of a transaction after its commit, and aborted ones never") {
    fixture with;
    const auto& topic = with.settings.streams.name(stream::engagement);
    write_transaction(with.kafka.address(), topic, 0, {{"user", "no", {}}}, false);
    write_transaction(with.kafka.address(), topic, 0, {{"user", "yes", {}}}, true);
    auto& feed = with.join();

    feed.start(0, {0, 0});

    const auto all = with.listener.wait_records({0, engagement}, 1);
    CHECK(all[0].value == "yes");
    CHECK(all[0].offset == 2); // The aborted record and its marker lie before it.
    with.listener.wait_end({0, engagement});
    CHECK(feed.lag(0, engagement) == 0);
  }

  TEST_CASE("hands the trace context on") {
    fixture with;
    with.write(stream::engagement, 0, {{"user", "1", {{"traceparent", "00-abc"}}}});
    with.join().start(0, {0, 0});

    CHECK(with.listener.wait_records({0, engagement}, 1)[0].traceparent == "00-abc");
  }

  TEST_CASE("refuses to read on where the log has nothing any more") {
    fixture with;
    with.write(stream::engagement, 0, numbered(10));
    delete_records(with.kafka.address(), with.settings.streams.name(stream::engagement), 0, 5);
    with.join().start(0, {2, 0});

    const auto why = with.listener.wait_failure();

    CHECK(why.code == schemas::errc::refused);
    CHECK(why.message.find("deleted") != std::string::npos);
  }

  TEST_CASE("shares the partitions with a second process and gets them back") {
    fixture with{4};
    with.join(4);
    recorder other;
    {
      auto second = open_log(with.settings);
      second->feed().run(other);
      other.wait_assigned(2);
      with.listener.wait_revoked(1);
      with.listener.wait_assigned(2);
      second->feed().close();
    }
    other.wait_revoked(1);
    with.listener.wait_assigned(4);
  }

  TEST_CASE("fails as fenced when another process takes its instance id") {
    fixture with;
    with.settings.instance_id = "laurel-0";
    with.join();
    recorder other;
    auto second = open_log(with.settings);
    second->feed().run(other);
    other.wait_assigned(1);

    CHECK(with.listener.wait_failure().code == schemas::errc::fenced);
    second->feed().close();
  }

  TEST_CASE("goes on after the broker has been away") {
    broker own;
    auto settings = fresh_settings(own);
    const auto& topic = settings.streams.name(stream::engagement);
    write_topic(own.address(), topic, 0, numbered(10));
    recorder listener;
    auto log = open_log(settings);
    log->feed().run(listener);
    listener.wait_assigned(1);
    log->feed().start(0, {0, 0});
    listener.wait_records({0, engagement}, 10);

    own.kill();
    own.restart();
    write_topic(own.address(), topic, 0, numbered(10));
    // It may have to join again; then the task starts it again.
    const auto again = listener.revocations() > 0;
    if (again) {
      listener.wait_assigned(1);
      log->feed().start(0, {10, 0});
    }

    CHECK(are_consecutive(listener.wait_records({0, engagement}, 20), 0));
    log->feed().close();
  }

  TEST_CASE("does not fence itself when a broker hangs for longer than its session") {
    broker own;
    auto settings = fresh_settings(own);
    settings.instance_id = "laurel-0";
    settings.session_timeout = 3s;
    recorder listener;
    auto log = open_log(settings);
    log->feed().run(listener);
    listener.wait_assigned(1);

    for (int hang = 0; hang < 3; ++hang) {
      own.freeze();
      listener.wait_revoked(static_cast<std::size_t>(hang) + 1);
      std::this_thread::sleep_for(settings.session_timeout); // Time to send what would do it.
      own.thaw();
      listener.wait_assigned(1); // Or it fails, with what fenced it.
    }

    log->feed().close();
  }
}
