#include "topology/kafka/changelog_reader.hpp"

#include "topology/kafka/client.hpp"
#include "topology/kafka/errors.hpp"

#include <fmt/format.h>
#include <utility>
#include <vector>

namespace laurel::topology::kafka {

namespace {

using schemas::errc;
using schemas::failure;
using schemas::result;

/// Without a record or an end for this long, the broker is taken to be away.
constexpr std::chrono::milliseconds silence_max{60'000};

/// How often to look whether the library's queue runs low.
constexpr std::size_t records_between_wakes = 4'096;

/// What a sink gets at once. Many tasks restore at the same time, so this stays small.
constexpr std::size_t rows_per_call = 2'048;
constexpr std::size_t bytes_per_call = std::size_t{1} << 20;

/// One partition, read from an exact offset to its end as of now.
class partition_reader {
public:
  static result<partition_reader> open(const settings& from, std::int32_t partition) {
    partition_reader reader{from.streams.name(stream::changelog), partition};
    reader.callbacks_->journal = from.journal;
    auto client = make_client(client_kind::consumer, reader_properties(from), *reader.callbacks_);
    if (!client)
      return tl::unexpected{client.error()};
    reader.client_ = std::move(*client);
    reader.queue_.reset(rd_kafka_queue_get_consumer(reader.client_.get()));
    const auto range = range_of(reader.client_.get(), reader.topic_, partition, from.call_timeout);
    if (!range)
      return tl::unexpected{range.error()};
    reader.range_ = *range;
    return reader;
  }

  const offset_range& range() const { return range_; }
  std::string place() const { return fmt::format("{} [{}]", topic_, partition_); }

  result<void> seek(std::int64_t offset) {
    const offsets_ptr list{rd_kafka_topic_partition_list_new(1)};
    rd_kafka_topic_partition_list_add(list.get(), topic_.c_str(), partition_)->offset = offset;
    if (const auto error = rd_kafka_assign(client_.get(), list.get());
        error != RD_KAFKA_RESP_ERR_NO_ERROR)
      return tl::unexpected{error_of("read " + place(), error)};
    return {};
  }

  /// The next record, or an `err` of end of partition. Anything else is a failure.
  result<message_ptr> next() {
    keep_fetching();
    const deadline until{silence_max};
    while (!until.passed()) {
      constexpr int poll_ms = 500;
      message_ptr message{rd_kafka_consumer_poll(client_.get(), poll_ms)};
      if (message == nullptr)
        continue;
      if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR
          || message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF)
        return message;
      if (ends_a_feed(message->err))
        return tl::unexpected{
          error_of("read " + place(), message->err, rd_kafka_message_errstr(message.get()))};
    }
    return failure(errc::transient, fmt::format("read {}: no answer for {} s", place(),
                                                silence_max.count() / 1'000));
  }

private:
  partition_reader(std::string topic, std::int32_t partition)
      : topic_(std::move(topic)), partition_(partition) {}

  /// Once its queue is full, librdkafka sleeps for up to a second; an answer from the broker wakes
  /// it, so one is asked for when the queue runs low.
  void keep_fetching() {
    if (++since_wake_ < records_between_wakes
        || rd_kafka_queue_length(queue_.get()) > records_between_wakes)
      return;
    since_wake_ = 0;
    offset_range ignored;
    constexpr int wait_ms = 1'000;
    (void) rd_kafka_query_watermark_offsets(client_.get(), topic_.c_str(), partition_,
                                            &ignored.first, &ignored.next, wait_ms);
  }

  std::string topic_;
  std::int32_t partition_;
  std::size_t since_wake_ = 0;
  std::unique_ptr<client_callbacks> callbacks_ = std::make_unique<client_callbacks>();
  client_ptr client_;
  queue_ptr queue_;
  offset_range range_;
};

state::row row_of(const rd_kafka_message_t& message) {
  state::row row;
  row.key.assign(static_cast<const char*>(message.key), message.key_len);
  if (message.payload != nullptr)
    row.value.emplace(static_cast<const char*>(message.payload), message.len);
  return row;
}

result<std::int64_t> check(const partition_reader& reader, std::optional<std::int64_t> position) {
  const auto& range = reader.range();
  const auto from = position.value_or(0);
  if (from > range.next)
    return failure(errc::corrupt,
                   fmt::format("the store has changelog position {} but {} ends at {}; it holds "
                               "what was never committed, or the topic was made anew",
                               from, reader.place(), range.next));
  if (from < range.first)
    return failure(errc::refused,
                   fmt::format("{} begins at offset {}, and what is needed begins at {}: records "
                               "were deleted, and with them the state of users. Restore the topic "
                               "or a store that is newer, and set cleanup.policy=compact on it",
                               reader.place(), range.first, from));
  return from;
}

} // namespace

result<std::int64_t> replay_changelog(const settings& from, std::int32_t partition,
                                      std::optional<std::int64_t> position,
                                      const actors::replay_sink& sink) {
  auto reader = partition_reader::open(from, partition);
  if (!reader)
    return tl::unexpected{reader.error()};
  const auto start = check(*reader, position);
  if (!start)
    return tl::unexpected{start.error()};
  if (auto good = reader->seek(*start); !good)
    return tl::unexpected{good.error()};
  std::vector<state::row> rows;
  std::size_t bytes = 0;
  auto next = *start;
  const auto pass_on = [&]() -> result<void> {
    if (rows.empty())
      return {};
    auto good = sink(rows, next);
    rows.clear();
    bytes = 0;
    return good;
  };
  for (;;) {
    const auto message = reader->next();
    if (!message)
      return tl::unexpected{message.error()};
    const auto& record = **message;
    if (record.err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
      if (auto good = pass_on(); !good)
        return tl::unexpected{good.error()};
      return next;
    }
    rows.push_back(row_of(record));
    bytes += record.len + record.key_len;
    next = record.offset + 1;
    if (rows.size() >= rows_per_call || bytes >= bytes_per_call)
      if (auto good = pass_on(); !good)
        return tl::unexpected{good.error()};
  }
}

result<bool> changelog_has(const settings& from, std::int32_t partition, std::int64_t offset,
                           const state::row& record) {
  auto reader = partition_reader::open(from, partition);
  if (!reader)
    return tl::unexpected{reader.error()};
  if (auto good = reader->seek(offset); !good)
    return tl::unexpected{good.error()};
  const auto message = reader->next();
  if (!message)
    return tl::unexpected{message.error()};
  return (*message)->err == RD_KAFKA_RESP_ERR_NO_ERROR && (*message)->offset == offset
         && row_of(**message) == record;
}

} // namespace laurel::topology::kafka
