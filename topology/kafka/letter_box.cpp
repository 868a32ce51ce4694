#include "topology/kafka/letter_box.hpp"

#include "topology/kafka/client.hpp"
#include "topology/kafka/errors.hpp"

#include <array>
#include <fmt/format.h>
#include <optional>
#include <utility>
#include <vector>

namespace laurel::topology::kafka {

namespace {

using schemas::errc;
using schemas::failure;
using schemas::result;

constexpr std::chrono::milliseconds settle_timeout{30'000};
constexpr std::chrono::milliseconds silence_max{30'000};

/// Topics of the producer, in this order.
constexpr std::array settled_streams{stream::dlq, stream::engagement, stream::transaction,
                                     stream::commands};

constexpr std::size_t topic_of(schemas::input to) {
  return 1 + static_cast<std::size_t>(to);
}

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

stored_letter letter_of(const rd_kafka_message_t& message) {
  return {.partition = message.partition,
          .offset = message.offset,
          .append_time_ms = rd_kafka_message_timestamp(&message, nullptr),
          .key = text_of(message.key, message.key_len),
          .value = text_of(message.payload, message.len),
          .headers = headers_of(message)};
}

} // namespace

result<void> topic_letters::visit(std::int32_t partition, const visitor& see) {
  client_callbacks callbacks;
  callbacks.journal = settings_.journal;
  const auto client = make_client(client_kind::consumer, reader_properties(settings_), callbacks);
  if (!client)
    return tl::unexpected{client.error()};
  const auto& topic = settings_.streams.name(stream::dlq);
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
      see(letter_of(*message));
    } else if (ends_a_feed(message->err)) {
      return tl::unexpected{
        error_of("read " + topic, message->err, rd_kafka_message_errstr(message.get()))};
    }
  }
  return failure(errc::transient, fmt::format("read {} [{}]: no answer for {} s", topic, partition,
                                              silence_max.count() / 1'000));
}

result<void> topic_letters::take_over() {
  producer_.reset();
  std::vector<transactional_producer::topic> topics;
  for (const auto which : settled_streams)
    topics.push_back({settings_.streams.name(which), partition_count_});
  auto made =
    transactional_producer::open(settings_, settings_.group + "-letters", settle_timeout, topics);
  if (!made)
    return tl::unexpected{made.error()};
  if (const auto ready = (*made)->init(deadline{settle_timeout}); !ready)
    return tl::unexpected{ready.error().why};
  producer_ = std::move(*made);
  return {};
}

result<void> topic_letters::settle(std::span<const letter_settlement> what) {
  if (producer_ == nullptr)
    return failure(errc::refused, "letters are settled by whoever has taken over");
  const auto written = write(what, deadline{settle_timeout});
  if (!written)
    producer_.reset(); // Its successor rolls an open transaction back.
  if (written)
    return {};
  const auto& [what_to_do, why] = written.error();
  if (why.code == errc::fenced)
    return failure(errc::fenced, "somebody else settles letters at the same time; look, and do "
                                 "again what is still open ("
                                   + why.message + ")");
  if (what_to_do == verdict::retriable)
    return failure(errc::transient, why.message
                                      + "; whether it was done is not known: list the letters, "
                                        "those that are still open were not");
  return tl::unexpected{why};
}

step topic_letters::write(std::span<const letter_settlement> what, deadline until) {
  if (auto begun = producer_->begin(); !begun)
    return begun;
  for (const auto& one : what) {
    if (auto sent =
          producer_->send({0, one.partition, one.key, std::nullopt, &one.note, false}, until);
        !sent)
      return sent;
    if (!one.again)
      continue;
    const auto& record = *one.again;
    if (auto sent = producer_->send(
          {topic_of(record.to), record.partition, one.key, record.value, &record.headers, false},
          until);
        !sent)
      return sent;
  }
  if (auto flushed = producer_->flush(until); !flushed)
    return flushed;
  return producer_->commit(until);
}

} // namespace laurel::topology::kafka
