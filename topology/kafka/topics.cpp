#include "topology/kafka/topics.hpp"

#include "topology/kafka/client.hpp"
#include "topology/kafka/errors.hpp"

#include <array>
#include <fmt/format.h>
#include <thread>
#include <utility>

namespace laurel::topology::kafka {

namespace {

using namespace std::chrono_literals;
using schemas::errc;
using schemas::failure;
using schemas::result;

using new_topic_ptr = std::unique_ptr<rd_kafka_NewTopic_t, destroy_with<rd_kafka_NewTopic_destroy>>;
using resource_ptr =
  std::unique_ptr<rd_kafka_ConfigResource_t, destroy_with<rd_kafka_ConfigResource_destroy>>;
using options_ptr =
  std::unique_ptr<rd_kafka_AdminOptions_t, destroy_with<rd_kafka_AdminOptions_destroy>>;

/// A client for one administrative task.
struct admin {
  std::unique_ptr<client_callbacks> callbacks = std::make_unique<client_callbacks>();
  client_ptr client;
  int timeout_ms = 0;

  static result<admin> open(const settings& from) {
    admin made;
    made.callbacks->journal = from.journal;
    made.timeout_ms = static_cast<int>(from.call_timeout.count());
    auto client = make_client(client_kind::admin, admin_properties(from), *made.callbacks);
    if (!client)
      return tl::unexpected{client.error()};
    made.client = std::move(*client);
    return made;
  }

  options_ptr options(rd_kafka_admin_op_t what) const {
    options_ptr made{rd_kafka_AdminOptions_new(client.get(), what)};
    std::array<char, 256> text{};
    // Fails only for a timeout out of range, and then the default holds.
    (void) rd_kafka_AdminOptions_set_request_timeout(made.get(), timeout_ms, text.data(),
                                                     text.size());
    return made;
  }

  /// Waits for the answer to a request that was sent to `queue`.
  result<event_ptr> answer(rd_kafka_queue_t* queue, std::string_view doing) const {
    event_ptr event{rd_kafka_queue_poll(queue, timeout_ms + 1'000)};
    if (event == nullptr)
      return failure(errc::transient, fmt::format("{}: no answer", doing));
    if (const auto error = rd_kafka_event_error(event.get()); error != RD_KAFKA_RESP_ERR_NO_ERROR)
      return tl::unexpected{error_of(doing, error, rd_kafka_event_error_string(event.get()))};
    return event;
  }
};

result<new_topic_ptr> request_of(const topic_plan& plan) {
  std::array<char, 512> text{};
  new_topic_ptr made{rd_kafka_NewTopic_new(plan.name.c_str(), plan.partitions, plan.replicas,
                                           text.data(), text.size())};
  if (made == nullptr)
    return failure(errc::bad_setting, fmt::format("topic {}: {}", plan.name, text.data()));
  for (const auto& [key, value] : plan.settings)
    (void) rd_kafka_NewTopic_set_config(made.get(), key.c_str(), value.c_str()); // Broker checks.
  return made;
}

/// Number of partitions of each of our topics that exists.
result<std::map<std::string, topic_facts>> existing(const admin& with, const settings& from) {
  const rd_kafka_metadata_t* raw = nullptr;
  const auto error = rd_kafka_metadata(with.client.get(), 1, nullptr, &raw, with.timeout_ms);
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR)
    return tl::unexpected{error_of(fmt::format("reach Kafka at {}", from.brokers), error)};
  const metadata_ptr metadata{raw};
  std::map<std::string, topic_facts> found;
  for (int i = 0; i < metadata->topic_cnt; ++i) {
    const auto& topic = metadata->topics[i];
    for (const auto& name : from.streams.names)
      if (name == topic.topic && topic.err == RD_KAFKA_RESP_ERR_NO_ERROR)
        found[name].partitions = topic.partition_cnt;
  }
  return found;
}

result<void> describe(const admin& with, std::map<std::string, topic_facts>& found) {
  std::vector<resource_ptr> owned;
  std::vector<rd_kafka_ConfigResource_t*> resources;
  for (const auto& [name, facts] : found) {
    owned.emplace_back(rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, name.c_str()));
    resources.push_back(owned.back().get());
  }
  if (resources.empty())
    return {};
  const queue_ptr queue{rd_kafka_queue_new(with.client.get())};
  const auto options = with.options(RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS);
  rd_kafka_DescribeConfigs(with.client.get(), resources.data(), resources.size(), options.get(),
                           queue.get());
  const auto event = with.answer(queue.get(), "describe the topics");
  if (!event)
    return tl::unexpected{event.error()};
  std::size_t count = 0;
  const auto* described = rd_kafka_DescribeConfigs_result_resources(
    rd_kafka_event_DescribeConfigs_result(event->get()), &count);
  for (std::size_t i = 0; i < count; ++i) {
    const std::string name = rd_kafka_ConfigResource_name(described[i]);
    if (const auto error = rd_kafka_ConfigResource_error(described[i]);
        error != RD_KAFKA_RESP_ERR_NO_ERROR)
      return tl::unexpected{error_of("describe topic " + name, error)};
    std::size_t entries = 0;
    const auto* all = rd_kafka_ConfigResource_configs(described[i], &entries);
    for (std::size_t k = 0; k < entries; ++k)
      if (const auto* value = rd_kafka_ConfigEntry_value(all[k]); value != nullptr)
        found[name].settings[rd_kafka_ConfigEntry_name(all[k])] = value;
  }
  return {};
}

/// Sends the request and reads each topic's own answer.
result<std::vector<topic_creation>> make(const admin& with, const std::vector<topic_plan>& plans) {
  std::vector<new_topic_ptr> owned;
  std::vector<rd_kafka_NewTopic_t*> requests;
  for (const auto& plan : plans) {
    auto request = request_of(plan);
    if (!request)
      return tl::unexpected{request.error()};
    owned.push_back(std::move(*request));
    requests.push_back(owned.back().get());
  }
  const queue_ptr queue{rd_kafka_queue_new(with.client.get())};
  const auto options = with.options(RD_KAFKA_ADMIN_OP_CREATETOPICS);
  rd_kafka_CreateTopics(with.client.get(), requests.data(), requests.size(), options.get(),
                        queue.get());
  const auto event = with.answer(queue.get(), "create the topics");
  if (!event)
    return tl::unexpected{event.error()};
  std::size_t count = 0;
  const auto* answers =
    rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event->get()), &count);
  std::vector<topic_creation> made;
  for (std::size_t i = 0; i < count; ++i) {
    const std::string name = rd_kafka_topic_result_name(answers[i]);
    const auto error = rd_kafka_topic_result_error(answers[i]);
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR && error != RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS) {
      const auto* text = rd_kafka_topic_result_error_string(answers[i]);
      return tl::unexpected{
        error_of("create topic " + name, error, text == nullptr ? std::string_view{} : text)};
    }
    made.push_back({name, error == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS});
  }
  return made;
}

} // namespace

result<std::vector<topic_creation>> create_topics(const settings& from, std::int32_t partitions,
                                                  std::int32_t replicas) {
  const auto with = admin::open(from);
  if (!with)
    return tl::unexpected{with.error()};
  const auto plans = plan_topics(from.streams, partitions, replicas);
  auto made = make(*with, plans);
  if (!made)
    return made;
  // The controller has them; the brokers learn of them a little later.
  const deadline until{from.call_timeout};
  while (!until.passed()) {
    const auto found = existing(*with, from);
    if (found && found->size() == plans.size())
      return made;
    std::this_thread::sleep_for(50ms);
  }
  return failure(errc::transient, "the topics were created, but the broker does not show them yet");
}

result<topic_report> verify_topics(const settings& from) {
  const auto with = admin::open(from);
  if (!with)
    return tl::unexpected{with.error()};
  auto found = existing(*with, from);
  if (!found)
    return tl::unexpected{found.error()};
  if (auto described = describe(*with, *found); !described)
    return tl::unexpected{described.error()};
  topic_report report;
  report.found = std::move(*found);
  report.faults = laurel::topology::faults_of(from.streams, report.found);
  const auto input = report.found.find(from.streams.name(stream::engagement));
  report.partitions = input == report.found.end() ? 0 : input->second.partitions;
  return report;
}

} // namespace laurel::topology::kafka
