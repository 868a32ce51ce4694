#pragma once

#include "schemas/base/result.hpp"
#include "topology/kafka/feed_ledger.hpp"
#include "topology/kafka/handle.hpp"
#include "topology/stream_map.hpp"

#include <cstdint>
#include <vector>

namespace laurel::topology::kafka {

/// What the consumer fetches: the calls of librdkafka that assign, pause and wake. Owned by the
/// feed and used by its thread.
///
/// Once its queue is full, librdkafka sleeps for up to a second, however soon there is room again;
/// nothing but a seek wakes it early. So the changelog's partitions, of which one lies on each
/// broker, are assigned as well, paused for ever and never read: they are there to be sought.
class fetch_control {
public:
  fetch_control(rd_kafka_t* consumer, const stream_map& streams, std::int32_t partition_count)
      : consumer_(consumer), streams_(streams), partition_count_(partition_count) {}

  /// Fetches exactly these inputs from exactly these offsets. When it returns, every record that
  /// was fetched before is invalid. Nothing of ours may be paused.
  [[nodiscard]] schemas::result<void> assign(const std::vector<feed_ledger::read_position>& inputs);
  void assign_nothing();

  /// Another client in the place of the one before, without an assignment.
  void use(rd_kafka_t* consumer) { consumer_ = consumer; }

  /// Answers a revocation: the group may give to others what we had.
  void give_back();

  /// An input that was paused goes on after the last record that was polled.
  void pause(const std::vector<feed_ledger::input_place>& which);
  void resume(const std::vector<feed_ledger::input_place>& which);

  /// Makes the library look at once whether there is room in its queue.
  void wake();

private:
  offsets_ptr list_of(const std::vector<feed_ledger::input_place>& which) const;
  offsets_ptr sentinels(std::int64_t offset) const;

  rd_kafka_t* consumer_;
  const stream_map streams_;
  const std::int32_t partition_count_;
};

} // namespace laurel::topology::kafka
