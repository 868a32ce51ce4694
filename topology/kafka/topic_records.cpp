#include "topology/kafka/topic_records.hpp"

#include "topology/kafka/client.hpp"
#include "topology/kafka/errors.hpp"

#include <chrono>
#include <fmt/format.h>
#include <utility>

namespace laurel::topology::kafka {

namespace {

using schemas::errc;
using schemas::failure;
using schemas::result;

constexpr std::chrono::milliseconds silence_max{30'000};

actors::headers headers_of(const rd_kafka_message_t& message) {
  actors::headers found;
  rd_kafka_headers_t* headers = nullptr;
  if (rd_kafka_message_headers(&message, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR)
    return found;
  const char* name = nullptr;
  const void* value = nullptr;
  std::size_t size = 0;
  for (std::size_t i = 0;
       rd_kafka_header_get_all(headers, i, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR; ++i)
    found.emplace_back(name, std::string{static_cast<const char*>(value), size});
  return found;
}

std::string text_of(const void* bytes, std::size_t size) {
  return bytes == nullptr ? std::string{} : std::string{static_cast<const char*>(bytes), size};
}

stored_record record_of(const rd_kafka_message_t& message) {
  return {.partition = message.partition,
          .offset = message.offset,
          .append_time_ms = rd_kafka_message_timestamp(&message, nullptr),
          .key = text_of(message.key, message.key_len),
          .value = text_of(message.payload, message.len),
          .headers = headers_of(message)};
}

} // namespace

result<void> topic_records::visit(stream which, std::int32_t partition, const visitor& see) {
  client_callbacks callbacks;
  callbacks.journal = settings_.journal;
  const auto client = make_client(client_kind::consumer, reader_properties(settings_), callbacks);
  if (!client)
    return tl::unexpected{client.error()};
  const auto& topic = settings_.streams.name(which);
  const offsets_ptr list{rd_kafka_topic_partition_list_new(1)};
  rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), partition)->offset =
    RD_KAFKA_OFFSET_BEGINNING;
  if (const auto error = rd_kafka_assign(client->get(), list.get());
      error != RD_KAFKA_RESP_ERR_NO_ERROR)
    return tl::unexpected{error_of("read " + topic, error)};
  for (deadline until{silence_max}; !until.passed();) {
    constexpr int poll_ms = 200;
    const message_ptr message{rd_kafka_consumer_poll(client->get(), poll_ms)};
    if (message == nullptr)
      continue;
    if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF)
      return {};
    if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
      until = deadline{silence_max};
      see(record_of(*message));
    } else if (ends_a_feed(message->err)) {
      return tl::unexpected{
        error_of("read " + topic, message->err, rd_kafka_message_errstr(message.get()))};
    }
  }
  return failure(errc::transient, fmt::format("read {} [{}]: no answer for {} s", topic, partition,
                                              silence_max.count() / 1'000));
}

} // namespace laurel::topology::kafka
