#include "topology/kafka/kafka_log.hpp"

#include "topology/kafka/appender.hpp"
#include "topology/kafka/catalog.hpp"
#include "topology/kafka/feed.hpp"
#include "topology/kafka/letter_box.hpp"
#include "topology/kafka/task_log.hpp"
#include "topology/kafka/topic_records.hpp"
#include "topology/kafka/topics.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <utility>

namespace laurel::topology::kafka {

namespace {

using schemas::errc;
using schemas::failure;
using schemas::result;

/// The parts share one consumer: the feed polls it, the task logs ask it for the group.
class opened_log final : public kafka_log {
public:
  opened_log(const settings& from, std::int32_t partition_count,
             std::shared_ptr<group_member> member)
      : from_(from),
        partition_count_(partition_count),
        feed_(from, partition_count, member),
        task_logs_(from, partition_count, member),
        catalog_(from, stream::catalog),
        identity_(from, stream::identity),
        appender_(from, partition_count),
        letters_(from, partition_count),
        records_(from) {}

  actors::feed& feed() override { return feed_; }
  actors::task_log_factory& task_logs() override { return task_logs_; }
  actors::catalog_log& catalog() override { return catalog_; }
  actors::catalog_log& identity() override { return identity_; }
  actors::event_appender& appender() override { return appender_; }
  letter_box& letters() override { return letters_; }
  record_source& records() override { return records_; }
  std::int32_t partition_count() const override { return partition_count_; }

  result<log_topics> topics() const override {
    return verify_topics(from_).map([this](const topic_report& report) {
      log_topics all;
      for (const auto& plan : plan_topics(from_.streams, 1, 1))
        if (const auto found = report.found.find(plan.name); found != report.found.end())
          all[plan.which] = {plan.name, found->second};
      return all;
    });
  }

private:
  const settings from_;
  const std::int32_t partition_count_;
  consumer_feed feed_;
  transactional_logs task_logs_;
  topic_catalog catalog_;
  topic_catalog identity_;
  input_appender appender_;
  topic_letters letters_;
  topic_records records_;
};

} // namespace

result<std::unique_ptr<kafka_log>> kafka_log::open(const settings& from) {
  if (const auto faults = kafka::faults_of(from); !faults.empty())
    return failure(errc::bad_setting, fmt::format("{}", fmt::join(faults, "\n")));
  const auto topics = verify_topics(from);
  if (!topics)
    return tl::unexpected{topics.error()};
  if (!topics->faults.empty())
    return failure(errc::refused, to_text(topics->faults));
  auto client = group_client::open(from);
  if (!client)
    return tl::unexpected{client.error()};
  auto member = std::make_shared<group_member>(std::move(*client));
  return std::make_unique<opened_log>(from, topics->partitions, std::move(member));
}

} // namespace laurel::topology::kafka
