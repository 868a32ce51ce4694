#include "topology/embedded/record_writer.hpp"

#include "tests/topology/conformance.hpp"
#include "tests/topology/embedded/embedded_world.hpp"

#include <doctest/doctest.h>

#include <utility>

using namespace laurel;

namespace {

class embedded_world final : public tests::conformance_world {
public:
  explicit embedded_world(topology::durability sync) {
    auto settings = tests::small_settings(directory_.path());
    settings.sync = sync;
    auto log = topology::embedded_log::open(std::move(settings));
    REQUIRE_MESSAGE(log, tests::why(log));
    log_ = std::move(*log);
  }

  std::int32_t partitions() const override { return log_->partitions(); }
  std::unique_ptr<actors::feed> make_feed() override { return log_->make_feed(); }
  actors::task_log_factory& task_logs() override { return log_->task_logs(); }
  std::unique_ptr<actors::catalog_log> make_catalog() override { return log_->make_catalog(); }
  actors::event_appender& appender() override { return log_->appender(); }
  std::size_t credit_bytes() const override { return 64U << 10; }
  std::size_t delivery_bytes_max() const override {
    return topology::embedded::record_writer::batch_bytes + (16U << 10);
  }

  std::vector<tests::seen_output> outputs(actors::output from, std::int32_t partition) override {
    using topology::embedded::topic;
    constexpr std::array topics{topic::grants, topic::dlq, topic::late};
    std::vector<tests::seen_output> seen;
    std::int64_t next = 0;
    for (bool at_end = false; !at_end;) {
      auto page = log_->reader().read(topics[static_cast<std::size_t>(from)], partition, next, 100);
      REQUIRE(page);
      for (auto& record : page->records)
        seen.push_back({record.key.value(), record.value.value(), std::move(record.headers)});
      next = page->next_offset;
      at_end = page->at_end;
    }
    return seen;
  }

private:
  tests::temp_directory directory_;
  std::unique_ptr<topology::embedded_log> log_;
};

void run_all(topology::durability sync) {
  for (const auto& each : tests::conformance_cases()) {
    SUBCASE(each.name) {
      embedded_world world(sync);
      each.run(world);
    }
  }
}

} // namespace

TEST_SUITE("embedded log") {
  TEST_CASE("keeps the promises of the ports") {
    run_all(topology::durability::buffered);
  }

  TEST_CASE("keeps the promises of the ports as a scratch log") {
    run_all(topology::durability::scratch);
  }
}
