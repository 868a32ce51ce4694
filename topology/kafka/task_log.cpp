#include "topology/kafka/task_log.hpp"

#include "schemas/base/check.hpp"
#include "schemas/base/failpoint.hpp"
#include "topology/kafka/changelog_reader.hpp"

#include <fmt/format.h>
#include <utility>

namespace laurel::topology::kafka {

namespace {

using actors::commit_outcome;
using schemas::failpoint;
using schemas::reach;
using schemas::result;

/// The changelog, then the outputs in the order of `actors::output`.
constexpr std::size_t changelog_topic = 0;
constexpr std::array task_streams{stream::changelog, stream::grants,        stream::dlq,
                                  stream::late,      stream::notifications, stream::trials};

constexpr std::size_t topic_of(actors::output to) {
  return 1 + static_cast<std::size_t>(to);
}

} // namespace

transactional_log::transactional_log(const settings& from, std::int32_t partition,
                                     std::int32_t partition_count,
                                     std::shared_ptr<group_member> member)
    : settings_(from),
      partition_(partition),
      partition_count_(partition_count),
      member_(std::move(member)) {}

result<void> transactional_log::open_producer(deadline until) {
  producer_.reset();
  std::vector<transactional_producer::topic> topics;
  for (const auto which : task_streams)
    topics.push_back({settings_.streams.name(which), partition_count_});
  auto made =
    transactional_producer::open(settings_, fmt::format("{}-{}", settings_.group, partition_),
                                 settings_.transaction_timeout, topics);
  if (!made)
    return tl::unexpected{made.error()};
  if (auto ready = (*made)->init(until); !ready)
    return tl::unexpected{ready.error().why};
  producer_ = std::move(*made);
  return {};
}

result<void> transactional_log::fence() {
  return open_producer(deadline{settings_.transaction_timeout});
}

offsets_ptr transactional_log::inputs() const {
  offsets_ptr list{rd_kafka_topic_partition_list_new(schemas::input_count)};
  for (const auto from : schemas::every_input)
    rd_kafka_topic_partition_list_add(list.get(), settings_.streams.name(stream_of(from)).c_str(),
                                      partition_);
  return list;
}

result<actors::input_offsets> transactional_log::committed_offsets() {
  // The consumer reads committed records, so it waits for offsets of transactions that are open.
  const auto list = inputs();
  const auto client = member_->client();
  const auto error = rd_kafka_committed(client->handle(), list.get(),
                                        static_cast<int>(settings_.transaction_timeout.count()));
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR)
    return tl::unexpected{error_of("committed offsets of the group", error)};
  actors::input_offsets offsets{};
  for (std::size_t i = 0; i < offsets.size(); ++i) {
    const auto& one = list->elems[i];
    if (one.err != RD_KAFKA_RESP_ERR_NO_ERROR)
      return tl::unexpected{error_of("committed offsets of the group", one.err)};
    offsets[i] = one.offset < 0 ? -1 : one.offset;
  }
  return offsets;
}

result<actors::input_offsets> transactional_log::first_offsets() {
  actors::input_offsets offsets{};
  const auto client = member_->client();
  for (const auto from : schemas::every_input) {
    const auto range = range_of(client->handle(), settings_.streams.name(stream_of(from)),
                                partition_, settings_.call_timeout);
    if (!range)
      return tl::unexpected{range.error()};
    offsets[static_cast<std::size_t>(from)] = range->first;
  }
  return offsets;
}

result<std::int64_t> transactional_log::replay(std::optional<std::int64_t> position,
                                               const actors::replay_sink& sink) {
  return replay_changelog(settings_, partition_, position, sink);
}

// -- commit -----------------------------------------------------------------------------------

commit_outcome transactional_log::commit(const actors::commit_batch& batch) {
  CHECK_ALWAYS(!batch.rows.empty()); // The meta record is always there, and last.
  if (producer_ == nullptr)
    return {commit_outcome::kind::aborted, 0, "the producer was given up"};
  const deadline until{settings_.transaction_timeout};
  if (const auto written = write(batch, until); !written)
    return give_up(written.error());
  reach(failpoint::k6_commit_sent); // With a delay it is sent, and the answer never seen.
  const auto done = producer_->commit(until);
  if (done)
    return committed(producer_->marked_offset());
  if (done.error().what == verdict::abortable)
    return give_up(done.error());
  return settle(batch, done.error());
}

/// Everything up to, but not including, the commit: a failure in here is an abort, never unknown.
step transactional_log::write(const actors::commit_batch& batch, deadline until) {
  if (auto begun = producer_->begin(); !begun)
    return begun;
  // Before any record: the coordinator takes one change of a transaction at a time and refuses a
  // second one meanwhile, after which the library waits for 20 ms. Records that are queued join
  // by themselves, a millisecond later, and would collide with this.
  if (auto sent = send_offsets(batch.next_offset, until); !sent)
    return sent;
  reach(failpoint::k5_offsets_added);
  if (auto sent = send_all(batch, until); !sent)
    return sent;
  reach(failpoint::k3_all_produced);
  auto flushed = producer_->flush(until);
  reach(failpoint::k4_flushed);
  return flushed;
}

step transactional_log::send_all(const actors::commit_batch& batch, deadline until) {
  for (const auto& record : batch.outputs)
    if (auto sent = producer_->send(
          {topic_of(record.to), partition_, record.key, record.value, &record.headers, false},
          until);
        !sent)
      return sent;
  for (const auto& row : batch.rows) {
    // The last row is the meta record. It alone carries the headers: they hold for the whole
    // transaction, and on each row they would cost as much as all the rest of it.
    const bool is_last = &row == &batch.rows.back();
    std::optional<std::string_view> value;
    if (row.value)
      value = *row.value;
    if (auto sent = producer_->send({changelog_topic, partition_, row.key, value,
                                     is_last ? &batch.changelog_headers : nullptr, is_last},
                                    until);
        !sent)
      return sent;
    reach(failpoint::k2_first_produced);
  }
  return {};
}

step transactional_log::send_offsets(const actors::input_offsets& next, deadline until) {
  const auto list = inputs();
  for (std::size_t i = 0; i < next.size(); ++i)
    list->elems[i].offset = next[i];
  return producer_->send_offsets(*list, *member_, until);
}

commit_outcome transactional_log::committed(std::int64_t meta_offset) const {
  CHECK_ALWAYS(meta_offset >= 0);
  return {commit_outcome::kind::committed, meta_offset + 1, {}};
}

/// Ends a transaction that has certainly not been committed.
commit_outcome transactional_log::give_up(const setback& cause) {
  const auto kind = cause.why.code == schemas::errc::fenced && cause.what == verdict::fatal
                      ? commit_outcome::kind::fenced
                      : commit_outcome::kind::aborted;
  // Destroying the producer is as good as an abort: its successor ends the transaction. It also
  // makes sure that nobody refers to the values of the batch any more.
  if (cause.what == verdict::fatal || !producer_->abort(deadline{settings_.call_timeout}))
    producer_.reset();
  // What a broker refuses today it may allow tomorrow; only a record that is too large stays so.
  const auto code =
    cause.why.code == schemas::errc::bad_input ? cause.why.code : schemas::errc::transient;
  return {kind, 0, cause.why.message, code};
}

/// The commit was sent, and its outcome is unknown. A new producer ends the old transaction one way
/// or the other; then the log tells which. Nothing is begun before that is known.
commit_outcome transactional_log::settle(const actors::commit_batch& batch, const setback& cause) {
  if (cause.why.code == schemas::errc::fenced)
    return give_up(cause); // Someone else has the task; taking it back is not ours to do.
  const auto meta_offset = producer_->marked_offset();
  const auto unknown = [&](const schemas::error& why) {
    producer_.reset();
    return commit_outcome{
      commit_outcome::kind::aborted, 0,
      fmt::format("{}; whether it was committed will be known when the task is opened again ({})",
                  cause.why.message, why.message)};
  };
  if (auto opened = open_producer(deadline{settings_.transaction_timeout}); !opened)
    return unknown(opened.error());
  const auto found = changelog_has(settings_, partition_, meta_offset, batch.rows.back());
  if (!found)
    return unknown(found.error());
  if (*found)
    return committed(meta_offset);
  return {commit_outcome::kind::aborted, 0, cause.why.message};
}

} // namespace laurel::topology::kafka
