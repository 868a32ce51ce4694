#include "topology/open_log.hpp"

#include "topology/kafka/kafka_log.hpp"

#include <utility>

namespace laurel::topology {

namespace {

class embedded_bundle final : public log_bundle {
public:
  embedded_bundle(std::unique_ptr<embedded_log> log, std::uint64_t retention_bytes)
      : log_(std::move(log)), retention_bytes_(retention_bytes) {}

  actors::feed& feed() override { return log_->feed(); }
  actors::task_log_factory& task_logs() override { return log_->task_logs(); }
  actors::catalog_log& catalog() override { return log_->catalog(); }
  actors::catalog_log& identity() override { return log_->identity(); }
  actors::event_appender& appender() override { return log_->appender(); }
  letter_box& letters() override { return log_->letters(); }
  record_source& records() override { return log_->records(); }
  std::int32_t partition_count() const override { return log_->partitions(); }

  /// It bounds its topics by size, all together, and compacts when a part of them is out of date.
  schemas::result<log_topics> topics() const override {
    log_topics all;
    for (const auto& plan : plan_topics({}, log_->partitions(), 1)) {
      topic_facts facts{plan.partitions, {}};
      if (retention_bytes_ > 0)
        facts.settings["retention.bytes"] = std::to_string(retention_bytes_);
      all[plan.which] = {plan.name, std::move(facts)};
    }
    return all;
  }

private:
  std::unique_ptr<embedded_log> log_;
  std::uint64_t retention_bytes_;
};

schemas::result<opened_log> open_embedded(const settings& values,
                                          std::shared_ptr<const state::rocks_budget> budget) {
  auto chosen = values.embedded;
  chosen.directory = values.embedded_directory / "log";
  chosen.partitions = values.pipeline.partition_count;
  chosen.budget = std::move(budget);
  auto log = embedded_log::open(chosen);
  if (!log)
    return tl::unexpected{log.error()};
  return bundle_of(std::move(*log), values.embedded.retention_bytes);
}

} // namespace

schemas::result<opened_log> open_log(const settings& values,
                                     std::shared_ptr<const state::rocks_budget> budget,
                                     actors::journal* journal) {
  if (values.is_embedded())
    return open_embedded(values, std::move(budget));
  auto log = kafka::kafka_log::open(kafka_settings(values, journal));
  if (!log)
    return tl::unexpected{log.error()};
  return opened_log{std::move(*log), nullptr};
}

kafka::settings kafka_settings(const settings& values, actors::journal* journal) {
  auto made = values.kafka;
  made.instance_id = values.pipeline.instance_id;
  made.journal = journal;
  return made;
}

opened_log bundle_of(std::unique_ptr<embedded_log> log, std::uint64_t retention_bytes) {
  const auto* plain = log.get();
  return {std::make_unique<embedded_bundle>(std::move(log), retention_bytes), plain};
}

} // namespace laurel::topology
