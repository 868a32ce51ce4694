#pragma once

#include "actors/ports.hpp"
#include "topology/kafka/client.hpp"
#include "topology/kafka/errors.hpp"
#include "topology/kafka/group_member.hpp"
#include "topology/kafka/settings.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace laurel::topology::kafka {

/// A step of a transaction that failed: what to do, and why in words.
struct setback {
  verdict what = verdict::abortable;
  schemas::error why;
};
using step = tl::expected<void, setback>;

/// One transactional producer and at most one open transaction. Used by one thread; every call may
/// block until its deadline. Retriable errors are retried inside, so that a caller only ever sees
/// abortable and fatal ones, and `retriable` when the deadline has passed.
///
///     open -> init -> [ begin -> send... -> [send_offsets] -> flush -> commit | abort ]*
class transactional_producer {
public:
  /// Topics are named by their index in `topics` from then on.
  struct topic {
    std::string name;
    std::int32_t partitions = 0; // How many it must have.
  };

  [[nodiscard]] static schemas::result<std::unique_ptr<transactional_producer>>
  open(const settings& from, std::string_view transactional_id,
       std::chrono::milliseconds transaction_timeout, const std::vector<topic>& topics);

  ~transactional_producer() = default;
  transactional_producer(const transactional_producer&) = delete;
  transactional_producer& operator=(const transactional_producer&) = delete;

  /// Fences earlier producers of the same id and ends their transaction.
  step init(deadline until);
  step begin();

  /// Queues a record. The value is not copied: it must stay until `flush` or `abort` is done or the
  /// producer is destroyed. No value is a tombstone. `is_marked` records tell their offset.
  struct record {
    std::size_t topic = 0;
    std::int32_t partition = 0;
    std::string_view key;
    std::optional<std::string_view> value;
    const actors::headers* headers = nullptr;
    bool is_marked = false;
  };
  step send(const record& what, deadline until);

  /// Makes `offsets` the group's, in this transaction, if `group` is still the member it was.
  step send_offsets(const rd_kafka_topic_partition_list_t& offsets, const group_member& group,
                    deadline until);

  /// Waits until every record is written; fails if any was not.
  step flush(deadline until);
  step commit(deadline until);

  /// Rolls the open transaction back. After a failure only destroying is left.
  step abort(deadline until);

  /// The greatest offset of a marked record of this transaction; -1 if none was written.
  std::int64_t marked_offset() const { return marked_offset_; }

  rd_kafka_t* client() const { return client_.get(); }

private:
  transactional_producer() = default;

  void on_delivered(const rd_kafka_message_t& message);
  rd_kafka_resp_err_t queue(const record& what);
  step healthy() const;

  client_callbacks callbacks_;
  client_ptr client_; // Before the topics: they are released first.
  std::vector<topic_ptr> topics_;
  std::int64_t marked_offset_ = -1;
  std::optional<schemas::error> undelivered_; // The first one of this transaction.
};

} // namespace laurel::topology::kafka
