#include "topology/kafka/catalog.hpp"

#include "schemas/base/check.hpp"

#include <fmt/format.h>
#include <random>
#include <utility>

namespace laurel::topology::kafka {

namespace {

using schemas::errc;
using schemas::failure;
using schemas::result;
using namespace std::chrono_literals;

/// A publisher that dies in a transaction holds the followers up for this long at most.
constexpr std::chrono::milliseconds publish_timeout{10'000};

constexpr std::chrono::milliseconds retry_pause{1'000};

/// Publishers do not fence each other: each process has an id of its own.
std::string publisher_id(const std::string& group, stream which) {
  std::random_device chance;
  return fmt::format("{}-{}-{:08x}{:08x}", group, part_of(which), chance(), chance());
}

actors::catalog_record record_of(const rd_kafka_message_t& message) {
  actors::catalog_record record;
  record.key.assign(static_cast<const char*>(message.key), message.key_len);
  if (message.payload != nullptr)
    record.value.emplace(static_cast<const char*>(message.payload), message.len);
  record.next_position = message.offset + 1;
  return record;
}

} // namespace

topic_catalog::~topic_catalog() {
  close();
}

void topic_catalog::close() {
  closing_ = true;
  if (follower_.joinable())
    follower_.join();
}

// -- following --------------------------------------------------------------------------------

void topic_catalog::follow(std::function<void(const actors::catalog_record&)> sink,
                           std::function<void()> caught_up) {
  CHECK_ALWAYS(!follower_.joinable());
  follower_ = std::thread{
    [this, sink = std::move(sink), caught_up = std::move(caught_up)] { loop(sink, caught_up); }};
}

/// Reads for ever; after an error with a new consumer, from where the last one was.
void topic_catalog::loop(const std::function<void(const actors::catalog_record&)>& sink,
                         const std::function<void()>& caught_up) {
  std::int64_t next = -1;
  auto tell_once = caught_up;
  while (!closing_) {
    const auto done = read(sink, tell_once, next);
    if (done)
      return;
    if (settings_.journal != nullptr)
      settings_.journal->note(actors::severity::warning,
                              "a topic that everyone reads cannot be read",
                              {{"details", done.error().message}});
    for (auto waited = 0ms; waited < retry_pause && !closing_; waited += 50ms)
      std::this_thread::sleep_for(50ms);
  }
}

/// Reads until `close` or an error. `next` is -1 before the first record is known.
result<void> topic_catalog::read(const std::function<void(const actors::catalog_record&)>& sink,
                                 std::function<void()>& caught_up, std::int64_t& next) {
  client_callbacks callbacks;
  callbacks.journal = settings_.journal;
  const auto client = make_client(client_kind::consumer, reader_properties(settings_), callbacks);
  if (!client)
    return tl::unexpected{client.error()};
  const auto& topic = settings_.streams.name(which_);
  const offsets_ptr list{rd_kafka_topic_partition_list_new(1)};
  rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), 0)->offset =
    next < 0 ? RD_KAFKA_OFFSET_BEGINNING : next;
  if (const auto error = rd_kafka_assign(client->get(), list.get());
      error != RD_KAFKA_RESP_ERR_NO_ERROR)
    return tl::unexpected{error_of("read " + topic, error)};
  while (!closing_) {
    constexpr int poll_ms = 100;
    const message_ptr message{rd_kafka_consumer_poll(client->get(), poll_ms)};
    if (message == nullptr)
      continue;
    if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
      if (caught_up)
        std::exchange(caught_up, nullptr)();
    } else if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
      if (ends_a_feed(message->err))
        return tl::unexpected{
          error_of("read " + topic, message->err, rd_kafka_message_errstr(message.get()))};
    } else if (message->offset >= next) {
      next = message->offset + 1;
      sink(record_of(*message));
    }
  }
  return {};
}

// -- appending --------------------------------------------------------------------------------

result<void> topic_catalog::open_producer(deadline until) {
  auto made = transactional_producer::open(settings_, publisher_id(settings_.group, which_),
                                           publish_timeout, {{settings_.streams.name(which_), 1}});
  if (!made)
    return tl::unexpected{made.error()};
  if (const auto ready = (*made)->init(until); !ready)
    return tl::unexpected{ready.error().why};
  producer_ = std::move(*made);
  return {};
}

result<void> topic_catalog::append(std::span<const std::pair<std::string, std::string>> records) {
  const std::lock_guard lock{appending_};
  const deadline until{publish_timeout};
  if (producer_ == nullptr)
    if (auto opened = open_producer(until); !opened)
      return opened;
  const auto written = append_once(records, until);
  if (written)
    return {};
  const auto& [what, why] = written.error();
  // A new producer has a new id: the old transaction then ends when its time is up.
  if (what != verdict::abortable || !producer_->abort(until))
    producer_.reset();
  if (what == verdict::retriable)
    return failure(errc::transient,
                   fmt::format("{}; whether it was written is not known: look, and do it again if "
                               "it was not",
                               why.message));
  return tl::unexpected{why};
}

step topic_catalog::append_once(std::span<const std::pair<std::string, std::string>> records,
                                deadline until) {
  if (auto begun = producer_->begin(); !begun)
    return begun;
  for (const auto& [key, value] : records)
    if (auto sent = producer_->send({0, 0, key, value, nullptr, false}, until); !sent)
      return sent;
  if (auto flushed = producer_->flush(until); !flushed)
    return flushed;
  return producer_->commit(until);
}

} // namespace laurel::topology::kafka
