#pragma once

#include "actors/ports.hpp"
#include "topology/kafka/producer.hpp"
#include "topology/kafka/settings.hpp"

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

namespace laurel::topology::kafka {

/// A topic of one partition, compacted, read whole by everyone: the catalog, the identities. The
/// follower has a thread and a consumer of its own; the producer is made at the first append, since
/// most processes only read. Owned by the bundle.
class topic_catalog final : public actors::catalog_log {
public:
  topic_catalog(const settings& from, stream which) : settings_(from), which_(which) {}
  ~topic_catalog() override;
  topic_catalog(const topic_catalog&) = delete;
  topic_catalog& operator=(const topic_catalog&) = delete;

  void follow(std::function<void(const actors::catalog_record&)> sink,
              std::function<void()> caught_up) override;
  schemas::result<void>
  append(std::span<const std::pair<std::string, std::string>> records) override;
  void close() override;

private:
  void loop(const std::function<void(const actors::catalog_record&)>& sink,
            const std::function<void()>& caught_up);
  schemas::result<void> read(const std::function<void(const actors::catalog_record&)>& sink,
                             std::function<void()>& caught_up, std::int64_t& next);
  step append_once(std::span<const std::pair<std::string, std::string>> records, deadline until);
  schemas::result<void> open_producer(deadline until);

  const settings settings_;
  const stream which_;
  std::atomic<bool> closing_{false};
  std::thread follower_;
  std::mutex appending_; // One append at a time: a producer has one transaction.
  std::unique_ptr<transactional_producer> producer_;
};

} // namespace laurel::topology::kafka
