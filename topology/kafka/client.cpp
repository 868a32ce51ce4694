#include "topology/kafka/client.hpp"

#include "topology/kafka/errors.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <thread>

namespace laurel::topology::kafka {

namespace {

using schemas::errc;
using schemas::failure;
using schemas::result;

client_callbacks& callbacks_of(void* opaque) {
  return *static_cast<client_callbacks*>(opaque);
}

void note(const client_callbacks& callbacks, actors::severity level, std::string_view what,
          std::string details) {
  if (callbacks.journal != nullptr)
    callbacks.journal->note(level, what, {{"details", std::move(details)}});
}

void on_log(const rd_kafka_t* client, int level, const char* facility, const char* text) {
  constexpr int syslog_warning = 4;
  note(callbacks_of(rd_kafka_opaque(client)),
       level <= syslog_warning ? actors::severity::warning : actors::severity::debug,
       "kafka client", fmt::format("{}: {}", facility, text));
}

void on_error(rd_kafka_t*, int error, const char* reason, void* opaque) {
  note(callbacks_of(opaque), actors::severity::warning, "kafka client error",
       fmt::format("{}: {}", rd_kafka_err2name(static_cast<rd_kafka_resp_err_t>(error)), reason));
  if (auto& callbacks = callbacks_of(opaque); callbacks.disturbed)
    callbacks.disturbed();
}

void on_delivered(rd_kafka_t*, const rd_kafka_message_t* message, void* opaque) {
  if (auto& callbacks = callbacks_of(opaque); callbacks.delivered)
    callbacks.delivered(*message);
}

void on_rebalanced(rd_kafka_t*, rd_kafka_resp_err_t what, rd_kafka_topic_partition_list_t* list,
                   void* opaque) {
  callbacks_of(opaque).rebalanced(what, *list);
}

} // namespace

result<client_ptr> make_client(client_kind kind, const properties& from,
                               client_callbacks& callbacks) {
  conf_ptr conf{rd_kafka_conf_new()};
  std::array<char, 512> text{};
  for (const auto& [key, value] : from)
    if (rd_kafka_conf_set(conf.get(), key.c_str(), value.c_str(), text.data(), text.size())
        != RD_KAFKA_CONF_OK)
      return failure(errc::bad_setting, fmt::format("kafka setting {}: {}", key, text.data()));
  rd_kafka_conf_set_opaque(conf.get(), &callbacks);
  rd_kafka_conf_set_log_cb(conf.get(), on_log);
  rd_kafka_conf_set_error_cb(conf.get(), on_error);
  if (callbacks.delivered)
    rd_kafka_conf_set_dr_msg_cb(conf.get(), on_delivered);
  if (callbacks.rebalanced)
    rd_kafka_conf_set_rebalance_cb(conf.get(), on_rebalanced);
  const auto type = kind == client_kind::consumer ? RD_KAFKA_CONSUMER : RD_KAFKA_PRODUCER;
  client_ptr client{rd_kafka_new(type, conf.get(), text.data(), text.size())};
  if (client == nullptr)
    return failure(errc::bad_setting, fmt::format("kafka client: {}", text.data()));
  (void) conf.release(); // The client owns it now.
  if (kind == client_kind::consumer)
    rd_kafka_poll_set_consumer(client.get());
  return client;
}

result<std::int32_t> know_topic(rd_kafka_t* client, const std::string& topic,
                                std::chrono::milliseconds timeout) {
  const auto doing = fmt::format("metadata of topic {}", topic);
  const topic_ptr handle{rd_kafka_topic_new(client, topic.c_str(), nullptr)};
  if (handle == nullptr)
    return tl::unexpected{error_of(doing, rd_kafka_last_error())};
  const rd_kafka_metadata_t* raw = nullptr;
  const auto error =
    rd_kafka_metadata(client, 0, handle.get(), &raw, static_cast<int>(timeout.count()));
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR)
    return tl::unexpected{error_of(doing, error)};
  const metadata_ptr metadata{raw};
  if (metadata->topic_cnt != 1)
    return failure(errc::transient, doing + ": no answer");
  const auto& about = metadata->topics[0];
  if (about.err != RD_KAFKA_RESP_ERR_NO_ERROR)
    return tl::unexpected{error_of(doing, about.err)};
  return about.partition_cnt;
}

result<offset_range> range_of(rd_kafka_t* client, const std::string& topic, std::int32_t partition,
                              std::chrono::milliseconds timeout) {
  offset_range range;
  const deadline until{timeout};
  for (;;) {
    const auto error = rd_kafka_query_watermark_offsets(
      client, topic.c_str(), partition, &range.first, &range.next, std::max(until.left_ms(), 1));
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR)
      return range;
    const auto why = error_of(fmt::format("offsets of {} [{}]", topic, partition), error);
    if (why.code == errc::refused)
      return tl::unexpected{why};
    // A client that is new, or a leader that moves, has no answer at first. That a partition is
    // unknown may mean that it has no leader: whoever asks here knows that it exists.
    if (until.passed())
      return failure(errc::transient, why.message);
    // The library remembers for minutes that there was no leader, unless it is made to look.
    (void) know_topic(client, topic, std::chrono::milliseconds{until.left_ms()});
    std::this_thread::sleep_for(std::chrono::milliseconds{50});
  }
}

} // namespace laurel::topology::kafka
