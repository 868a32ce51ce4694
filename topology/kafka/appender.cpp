#include "topology/kafka/appender.hpp"

#include "schemas/partitioner.hpp"
#include "topology/kafka/errors.hpp"
#include "topology/kafka/queue_record.hpp"

#include <array>
#include <condition_variable>
#include <fmt/format.h>
#include <optional>
#include <utility>

namespace laurel::topology::kafka {

namespace {

using schemas::errc;
using schemas::failure;
using schemas::result;

/// What one call of `append` waits for. The producer's thread counts down.
class receipt {
public:
  explicit receipt(std::size_t records) : left_(records) {}

  void count(rd_kafka_resp_err_t error) {
    const std::lock_guard lock{mutex_};
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
      ++failed_;
      error_ = error;
    }
    if (--left_ == 0)
      done_.notify_all(); // Under the lock: the waiter destroys this as soon as it can.
  }

  /// Every record is answered for within the message timeout, so this ends.
  result<void> wait(std::size_t records) {
    std::unique_lock lock{mutex_};
    done_.wait(lock, [this] { return left_ == 0; });
    if (failed_ == 0)
      return {};
    return tl::unexpected{
      error_of(fmt::format("{} of {} records were not written", failed_, records), error_)};
  }

private:
  std::mutex mutex_;
  std::condition_variable done_;
  std::size_t left_;
  std::size_t failed_ = 0;
  rd_kafka_resp_err_t error_ = RD_KAFKA_RESP_ERR_NO_ERROR;
};

} // namespace

/// The client, its topics, and the thread that serves its answers.
class input_appender::live_producer {
public:
  static result<std::shared_ptr<live_producer>> open(const settings& from,
                                                     std::int32_t partition_count) {
    auto made = std::make_shared<live_producer>();
    made->callbacks_.journal = from.journal;
    made->callbacks_.delivered = [](const rd_kafka_message_t& message) {
      static_cast<receipt*>(message._private)->count(message.err);
    };
    auto client = make_client(client_kind::producer, appender_properties(from), made->callbacks_);
    if (!client)
      return tl::unexpected{client.error()};
    made->client_ = std::move(*client);
    for (const auto input : schemas::every_input) {
      const auto& name = from.streams.name(stream_of(input));
      const auto count = know_topic(made->client_.get(), name, from.call_timeout);
      if (!count)
        return tl::unexpected{count.error()};
      if (*count != partition_count)
        return failure(errc::refused, fmt::format("topic {} has {} partitions, not {}", name,
                                                  *count, partition_count));
      made->topics_[static_cast<std::size_t>(input)].reset(
        rd_kafka_topic_new(made->client_.get(), name.c_str(), nullptr));
    }
    made->server_ = std::thread{[self = made.get()] { self->serve(); }};
    return made;
  }

  live_producer() = default;
  live_producer(const live_producer&) = delete;
  live_producer& operator=(const live_producer&) = delete;

  ~live_producer() {
    closing_ = true;
    if (server_.joinable())
      server_.join();
  }

  /// The value stays with the caller, who waits for the receipt.
  void send(const record& what, std::int32_t partition_count, receipt& answer) {
    auto* const topic = topics_[static_cast<std::size_t>(what.to)].get();
    const auto partition = schemas::partition_of(what.user_id, partition_count);
    for (;;) {
      const auto error = queue_record(client_.get(), topic,
                                      {.partition = partition,
                                       .key = what.user_id,
                                       .value = what.value,
                                       .headers = &what.headers,
                                       .opaque = &answer});
      if (error == RD_KAFKA_RESP_ERR_NO_ERROR)
        return;
      if (error != RD_KAFKA_RESP_ERR__QUEUE_FULL)
        return answer.count(error);
      std::this_thread::sleep_for(std::chrono::milliseconds{5});
    }
  }

  bool is_good() const { return fatal_error_of(client_.get()) == RD_KAFKA_RESP_ERR_NO_ERROR; }

private:
  void serve() {
    constexpr int poll_ms = 100;
    while (!closing_)
      rd_kafka_poll(client_.get(), poll_ms);
  }

  client_callbacks callbacks_;
  client_ptr client_;
  std::array<topic_ptr, schemas::input_count> topics_;
  std::atomic<bool> closing_{false};
  std::thread server_;
};

input_appender::~input_appender() = default;

result<std::shared_ptr<input_appender::live_producer>> input_appender::producer() {
  const std::lock_guard lock{mutex_};
  if (producer_ == nullptr || !producer_->is_good()) {
    auto made = live_producer::open(settings_, partition_count_);
    if (!made)
      return made;
    producer_ = std::move(*made);
  }
  return producer_;
}

result<void> input_appender::append(std::span<const record> records) {
  if (records.empty())
    return {};
  const auto shared = producer();
  if (!shared)
    return tl::unexpected{shared.error()};
  receipt answer{records.size()};
  for (const auto& one : records)
    (*shared)->send(one, partition_count_, answer);
  return answer.wait(records.size());
}

} // namespace laurel::topology::kafka
