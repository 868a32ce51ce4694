#include "topology/open_log.hpp"

#include "topology/kafka/kafka_log.hpp"

#include <utility>

namespace laurel::topology {

namespace {

class embedded_bundle final : public log_bundle {
public:
  explicit embedded_bundle(std::unique_ptr<embedded_log> log) : log_(std::move(log)) {}

  actors::feed& feed() override { return log_->feed(); }
  actors::task_log_factory& task_logs() override { return log_->task_logs(); }
  actors::catalog_log& catalog() override { return log_->catalog(); }
  actors::catalog_log& identity() override { return log_->identity(); }
  actors::event_appender& appender() override { return log_->appender(); }
  letter_box& letters() override { return log_->letters(); }
  record_source& records() override { return log_->records(); }
  std::int32_t partition_count() const override { return log_->partitions(); }

private:
  std::unique_ptr<embedded_log> log_;
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
  return bundle_of(std::move(*log));
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

opened_log bundle_of(std::unique_ptr<embedded_log> log) {
  const auto* plain = log.get();
  return {std::make_unique<embedded_bundle>(std::move(log)), plain};
}

} // namespace laurel::topology
