#include "topology/kafka/producer.hpp"

#include "schemas/base/check.hpp"
#include "topology/kafka/queue_record.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <thread>
#include <utility>

namespace laurel::topology::kafka {

namespace {

using schemas::errc;
using schemas::failure;
using schemas::result;

tl::unexpected<setback> setback_of(std::string_view doing, const rd_kafka_error_t* error) {
  return tl::unexpected{setback{verdict_of(error), error_of(doing, error)}};
}

/// Makes one call of the transactional API until its outcome is definite. Retriable errors mean
/// "the same call again", also when its own time was up: what it began goes on meanwhile.
template <class Call>
step until_definite(std::string_view doing, deadline until, Call&& call) {
  constexpr int pause_ms = 20;
  for (;;) {
    const error_ptr error{call(std::max(until.left_ms(), 1))};
    const auto what = verdict_of(error.get());
    if (what == verdict::done)
      return {};
    if (what != verdict::retriable || until.passed())
      return setback_of(doing, error.get());
    std::this_thread::sleep_for(std::chrono::milliseconds{pause_ms});
  }
}

} // namespace

result<std::unique_ptr<transactional_producer>>
transactional_producer::open(const settings& from, std::string_view transactional_id,
                             std::chrono::milliseconds transaction_timeout,
                             const std::vector<topic>& topics) {
  std::unique_ptr<transactional_producer> made{new transactional_producer};
  made->callbacks_.journal = from.journal;
  made->callbacks_.delivered = [self = made.get()](const rd_kafka_message_t& message) {
    self->on_delivered(message);
  };
  auto client = make_client(client_kind::producer,
                            transactional_properties(from, transactional_id, transaction_timeout),
                            made->callbacks_);
  if (!client)
    return tl::unexpected{client.error()};
  made->client_ = std::move(*client);
  for (const auto& one : topics) {
    const auto count = know_topic(made->client(), one.name, from.call_timeout);
    if (!count)
      return tl::unexpected{count.error()};
    if (*count != one.partitions)
      return failure(errc::refused, fmt::format("topic {} has {} partitions, not {}", one.name,
                                                *count, one.partitions));
    made->topics_.emplace_back(rd_kafka_topic_new(made->client(), one.name.c_str(), nullptr));
    CHECK_ALWAYS(made->topics_.back() != nullptr); // It was known a moment ago.
  }
  return made;
}

void transactional_producer::on_delivered(const rd_kafka_message_t& message) {
  if (message.err != RD_KAFKA_RESP_ERR_NO_ERROR) {
    if (!undelivered_)
      undelivered_ = error_of(
        fmt::format("write to {} [{}]", rd_kafka_topic_name(message.rkt), message.partition),
        message.err);
  } else if (message._private != nullptr) {
    marked_offset_ = std::max(marked_offset_, message.offset);
  }
}

/// A client with a fatal error can hang in the calls of the transactional API; ask first.
step transactional_producer::healthy() const {
  std::string details;
  const auto fatal = fatal_error_of(client(), &details);
  if (fatal == RD_KAFKA_RESP_ERR_NO_ERROR)
    return {};
  return tl::unexpected{setback{verdict::fatal, error_of("producer", fatal, details)}};
}

step transactional_producer::init(deadline until) {
  return until_definite("init_transactions", until,
                        [&](int ms) { return rd_kafka_init_transactions(client(), ms); });
}

step transactional_producer::begin() {
  if (auto good = healthy(); !good)
    return good;
  marked_offset_ = -1;
  undelivered_.reset();
  const error_ptr error{rd_kafka_begin_transaction(client())};
  if (error != nullptr)
    return setback_of("begin_transaction", error.get());
  return {};
}

/// Queues one record once.
rd_kafka_resp_err_t transactional_producer::queue(const record& what) {
  return queue_record(client(), topics_[what.topic].get(),
                      {.partition = what.partition,
                       .key = what.key,
                       .value = what.value,
                       .headers = what.headers,
                       .opaque = what.is_marked ? this : nullptr});
}

step transactional_producer::send(const record& what, deadline until) {
  for (;;) {
    const auto error = queue(what);
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR)
      return {};
    if (error != RD_KAFKA_RESP_ERR__QUEUE_FULL || until.passed()) {
      if (auto good = healthy(); !good)
        return good;
      return tl::unexpected{setback{verdict::abortable, error_of("queue a record", error)}};
    }
    constexpr int queue_wait_ms = 10;
    rd_kafka_poll(client(), queue_wait_ms);
  }
}

step transactional_producer::send_offsets(const rd_kafka_topic_partition_list_t& offsets,
                                          const group_member& group, deadline until) {
  return until_definite("send_offsets_to_transaction", until, [&](int ms) {
    const auto member = group.metadata();
    return rd_kafka_send_offsets_to_transaction(client(), &offsets, member.get(), ms);
  });
}

step transactional_producer::flush(deadline until) {
  (void) rd_kafka_flush(client(), until.left_ms()); // What is left over is told below.
  if (auto good = healthy(); !good)
    return good;
  if (undelivered_)
    return tl::unexpected{setback{verdict::abortable, *undelivered_}};
  if (const auto left = rd_kafka_outq_len(client()); left != 0)
    return tl::unexpected{setback{
      verdict::abortable, {errc::transient, fmt::format("{} records were not written", left)}}};
  return {};
}

step transactional_producer::commit(deadline until) {
  return until_definite("commit_transaction", until,
                        [&](int ms) { return rd_kafka_commit_transaction(client(), ms); });
}

step transactional_producer::abort(deadline until) {
  auto done = until_definite("abort_transaction", until,
                             [&](int ms) { return rd_kafka_abort_transaction(client(), ms); });
  if (done && rd_kafka_outq_len(client()) != 0)
    return tl::unexpected{
      setback{verdict::fatal, {errc::transient, "abort_transaction: records are still in flight"}}};
  return done;
}

} // namespace laurel::topology::kafka
