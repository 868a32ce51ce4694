#include "topology/kafka/fetch_control.hpp"

#include "topology/kafka/errors.hpp"

namespace laurel::topology::kafka {

using schemas::result;

offsets_ptr fetch_control::list_of(const std::vector<feed_ledger::input_place>& which) const {
  offsets_ptr list{rd_kafka_topic_partition_list_new(static_cast<int>(which.size()))};
  for (const auto& one : which)
    rd_kafka_topic_partition_list_add(list.get(), streams_.name(stream_of(one.from)).c_str(),
                                      one.partition);
  return list;
}

offsets_ptr fetch_control::sentinels(std::int64_t offset) const {
  offsets_ptr list{rd_kafka_topic_partition_list_new(partition_count_)};
  const auto& topic = streams_.name(stream::changelog);
  for (std::int32_t partition = 0; partition < partition_count_; ++partition)
    rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), partition)->offset = offset;
  return list;
}

result<void> fetch_control::assign(const std::vector<feed_ledger::read_position>& inputs) {
  // From their end: nothing is there to be read in the moment before they are paused.
  const auto list = sentinels(RD_KAFKA_OFFSET_END);
  for (const auto& [where, next] : inputs)
    rd_kafka_topic_partition_list_add(list.get(), streams_.name(stream_of(where.from)).c_str(),
                                      where.partition)
      ->offset = next;
  if (const auto error = rd_kafka_assign(consumer_, list.get());
      error != RD_KAFKA_RESP_ERR_NO_ERROR)
    return tl::unexpected{error_of("assign the inputs", error)};
  // The library asserts if it is assigned to again while partitions still stop. Stopping takes one
  // turn of its main thread and the answers one more; these two calls wait for both.
  for (int turn = 0; turn < 2; ++turn) {
    rd_kafka_topic_partition_list_t* ignored = nullptr;
    if (rd_kafka_assignment(consumer_, &ignored) == RD_KAFKA_RESP_ERR_NO_ERROR)
      rd_kafka_topic_partition_list_destroy(ignored);
  }
  (void) rd_kafka_pause_partitions(consumer_, sentinels(0).get()); // They are known, as above.
  return {};
}

void fetch_control::assign_nothing() {
  const offsets_ptr nothing{rd_kafka_topic_partition_list_new(0)};
  (void) rd_kafka_assign(consumer_, nothing.get()); // Fails only if it is closing.
}

void fetch_control::give_back() {
  (void) rd_kafka_assign(consumer_, nullptr); // Fails only if it is closing.
}

// Neither of these fails for partitions that are assigned.

void fetch_control::pause(const std::vector<feed_ledger::input_place>& which) {
  (void) rd_kafka_pause_partitions(consumer_, list_of(which).get());
}

void fetch_control::resume(const std::vector<feed_ledger::input_place>& which) {
  (void) rd_kafka_resume_partitions(consumer_, list_of(which).get());
}

void fetch_control::wake() {
  // Any offset will do: what is paused is not read. Without a timeout this waits for nothing, and
  // what fails is tried again soon.
  const error_ptr ignored{rd_kafka_seek_partitions(consumer_, sentinels(0).get(), 0)};
}

} // namespace laurel::topology::kafka
