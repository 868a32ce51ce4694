#include "tests/integration/kafka/harness.hpp"
#include "tests/topology/conformance.hpp"

#include <doctest/doctest.h>

#include <string_view>
#include <utility>

using namespace laurel;
using namespace laurel::test;
using topology::stream_of;
using topology::kafka::kafka_log;

namespace {

constexpr std::size_t credit_each = 64U << 10;
constexpr std::size_t batch_bytes = 16U << 10;

/// A feed that keeps the log it belongs to.
class owning_feed final : public actors::feed {
public:
  explicit owning_feed(std::shared_ptr<kafka_log> log) : log_(std::move(log)) {}
  ~owning_feed() override { close(); }

  void run(actors::feed_listener& listener) override { inner().run(listener); }
  std::uint64_t start(std::int32_t partition, const actors::input_offsets& offsets) override {
    return inner().start(partition, offsets);
  }
  void stop(std::int32_t partition) override { inner().stop(partition); }
  void release(std::int32_t partition, schemas::input from, std::size_t bytes) override {
    inner().release(partition, from, bytes);
  }
  std::int64_t lag(std::int32_t partition, schemas::input from) const override {
    return log_->feed().lag(partition, from);
  }
  void close() override { inner().close(); }

private:
  actors::feed& inner() { return log_->feed(); }

  std::shared_ptr<kafka_log> log_;
};

class owning_catalog final : public actors::catalog_log {
public:
  explicit owning_catalog(std::shared_ptr<kafka_log> log) : log_(std::move(log)) {}
  ~owning_catalog() override { close(); }

  void follow(std::function<void(const actors::catalog_record&)> sink,
              std::function<void()> caught_up) override {
    log_->catalog().follow(std::move(sink), std::move(caught_up));
  }
  schemas::result<void>
  append(std::span<const std::pair<std::string, std::string>> records) override {
    return log_->catalog().append(records);
  }
  void close() override { log_->catalog().close(); }

private:
  std::shared_ptr<kafka_log> log_;
};

/// Topics and a group of its own on the shared broker. A feed or a catalog is a process of its own:
/// it has its own log; the newest feed's consumer is the member that commits.
class kafka_world final : public tests::conformance_world, private actors::task_log_factory {
public:
  kafka_world() : settings_(fresh_settings(broker::shared(), 2)) {
    settings_.credit_bytes = credit_each * 4;
    settings_.batch_bytes_max = batch_bytes;
    logs_.push_back(open_log(settings_));
  }

  std::int32_t partitions() const override { return 2; }
  std::unique_ptr<actors::feed> make_feed() override {
    logs_.push_back(open_log(settings_));
    return std::make_unique<owning_feed>(logs_.back());
  }
  actors::task_log_factory& task_logs() override { return *this; }
  std::unique_ptr<actors::catalog_log> make_catalog() override {
    return std::make_unique<owning_catalog>(open_log(settings_));
  }
  actors::event_appender& appender() override { return logs_.front()->appender(); }
  std::size_t credit_bytes() const override { return credit_each; }
  std::size_t delivery_bytes_max() const override { return batch_bytes + 2'000; }

  std::vector<tests::seen_output> outputs(actors::output from, std::int32_t partition) override {
    std::vector<tests::seen_output> seen;
    const auto& topic = settings_.streams.name(stream_of(from));
    for (auto& record : read_topic(settings_.brokers, topic, partition))
      seen.push_back({std::move(record.key), record.value.value(), std::move(record.headers)});
    return seen;
  }

private:
  schemas::result<std::unique_ptr<actors::task_log>> open(std::int32_t partition) override {
    return logs_.back()->task_logs().open(partition);
  }

  topology::kafka::settings settings_;
  std::vector<std::shared_ptr<kafka_log>> logs_; // All kept: what they made refers to them.
};

} // namespace

TEST_SUITE("kafka log") {
  TEST_CASE("keeps the promises of the ports") {
    for (const auto& each : tests::conformance_cases()) {
      SUBCASE(each.name) {
        kafka_world world;
        each.run(world);
      }
    }
  }
}
