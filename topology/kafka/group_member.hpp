#pragma once

#include "topology/kafka/client.hpp"
#include "topology/kafka/errors.hpp"

#include <atomic>
#include <memory>
#include <utility>

namespace laurel::topology::kafka {

/// The consumer's place in its group, as the task logs need it: a transaction carries the group's
/// offsets and proves by this that its partitions are still ours (KIP-447). Shared by the feed and
/// the logs, so that the client outlives whoever ends last. Any thread.
class group_member {
public:
  group_member(client_ptr consumer, std::unique_ptr<client_callbacks> callbacks)
      : callbacks_(std::move(callbacks)), consumer_(std::move(consumer)) {}

  rd_kafka_t* consumer() const { return consumer_.get(); }
  client_callbacks& callbacks() const { return *callbacks_; }

  group_ptr metadata() const {
    return group_ptr{rd_kafka_consumer_group_metadata(consumer_.get())};
  }

  /// The client is not to be destroyed: that would hang, and the process is about to end.
  void abandon() { abandoned_ = true; }

  ~group_member() {
    if (!abandoned_)
      return;
    (void) consumer_.release();
    (void) callbacks_.release();
  }
  group_member(const group_member&) = delete;
  group_member& operator=(const group_member&) = delete;

private:
  std::unique_ptr<client_callbacks> callbacks_; // Outlives the client, which calls them.
  client_ptr consumer_;
  std::atomic<bool> abandoned_{false};
};

} // namespace laurel::topology::kafka
