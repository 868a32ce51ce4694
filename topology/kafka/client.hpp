#pragma once

#include "schemas/base/result.hpp"
#include "topology/kafka/handle.hpp"
#include "topology/kafka/settings.hpp"

#include <chrono>
#include <functional>
#include <span>
#include <string>

namespace laurel::topology::kafka {

/// What librdkafka hands back to its callbacks, on whichever thread polls: the object that owns the
/// client. Null members are not called. Outlives the client.
struct client_callbacks {
  actors::journal* journal = nullptr;
  std::function<void(const rd_kafka_message_t&)> delivered;
  std::function<void(rd_kafka_resp_err_t, rd_kafka_topic_partition_list_t&)> rebalanced;
  std::function<void()> disturbed; // An error of the client as a whole; it may be fatal.
};

/// Makes a client of librdkafka. Fails with `bad_setting`, naming the property, or `transient`.
[[nodiscard]] schemas::result<client_ptr> make_client(client_kind kind, const properties& from,
                                                      client_callbacks& callbacks);

/// Fetches what a client has to know about a topic and returns its number of partitions. Without
/// this, the first record for a topic waits up to a second. Fails with `not_found` or `transient`.
[[nodiscard]] schemas::result<std::int32_t> know_topic(rd_kafka_t* client, const std::string& topic,
                                                       std::chrono::milliseconds timeout);

/// The first and the next offset of a partition.
struct offset_range {
  std::int64_t first = 0;
  std::int64_t next = 0;
};
[[nodiscard]] schemas::result<offset_range> range_of(rd_kafka_t* client, const std::string& topic,
                                                     std::int32_t partition,
                                                     std::chrono::milliseconds timeout);

/// Seconds that a call has left; calls go on until it is used up.
class deadline {
public:
  explicit deadline(std::chrono::milliseconds in) : at_(std::chrono::steady_clock::now() + in) {}

  bool passed() const { return left_ms() == 0; }
  int left_ms() const {
    const auto left =
      std::chrono::duration_cast<std::chrono::milliseconds>(at_ - std::chrono::steady_clock::now());
    return left.count() > 0 ? static_cast<int>(left.count()) : 0;
  }

private:
  std::chrono::steady_clock::time_point at_;
};

} // namespace laurel::topology::kafka
