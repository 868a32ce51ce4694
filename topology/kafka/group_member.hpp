#pragma once

#include "topology/kafka/client.hpp"
#include "topology/kafka/errors.hpp"

#include <atomic>
#include <memory>
#include <mutex>
#include <utility>

namespace laurel::topology::kafka {

/// A consumer and what it calls back. Ends when nobody uses it any more, on whichever thread.
class group_client {
public:
  /// Joins nothing yet. Fails as `make_client` does.
  [[nodiscard]] static schemas::result<std::shared_ptr<group_client>> open(const settings& from);

  rd_kafka_t* handle() const { return consumer_.get(); }
  client_callbacks& callbacks() const { return *callbacks_; }

  /// The client is not to be destroyed: that would hang, and the process is about to end.
  void abandon() { abandoned_ = true; }

  ~group_client();
  group_client(const group_client&) = delete;
  group_client& operator=(const group_client&) = delete;

private:
  group_client() = default;

  std::unique_ptr<client_callbacks> callbacks_; // Outlives the client, which calls them.
  client_ptr consumer_;
  std::atomic<bool> abandoned_{false};
};

/// The consumer's place in its group, as the task logs need it: a transaction carries the group's
/// offsets and proves by this that its partitions are still ours (KIP-447). Shared by the feed and
/// the logs. The feed may put another client in the place of one that is broken for good. Any
/// thread; hold what `client` returns for as long as the client is used.
class group_member {
public:
  explicit group_member(std::shared_ptr<group_client> client) : client_(std::move(client)) {}

  std::shared_ptr<group_client> client() const {
    const std::lock_guard lock{mutex_};
    return client_;
  }

  void replace(std::shared_ptr<group_client> by) {
    const std::lock_guard lock{mutex_};
    client_.swap(by);
  }

  group_ptr metadata() const {
    return group_ptr{rd_kafka_consumer_group_metadata(client()->handle())};
  }

private:
  mutable std::mutex mutex_;
  std::shared_ptr<group_client> client_; // Guarded by mutex_.
};

} // namespace laurel::topology::kafka
