#pragma once

#include "actors/ports.hpp"
#include "topology/kafka/kafka_log.hpp"
#include "topology/kafka/topics.hpp"

#include "tests/integration/broker.hpp"

#include <chrono>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace laurel::test {

/// Settings for a deployment of its own on the shared broker: topics and a group nobody else has.
topology::kafka::settings fresh_settings(broker& at, std::int32_t partitions = 1);

/// Opens a log or fails the test with its reason.
std::unique_ptr<topology::kafka::kafka_log> open_log(const topology::kafka::settings& from);

/// A record of `user` for one partition: `user` is chosen so that it belongs there.
std::string user_of(std::int32_t partition, std::int32_t partition_count, int number = 0);

/// Keeps everything a feed says, and lets a test wait for it.
class recorder final : public actors::feed_listener {
public:
  struct seen {
    std::int64_t offset = 0;
    std::string key;
    std::string value;
    std::uint64_t session = 0;
    std::string traceparent;
    std::int64_t append_time_ms = 0;
  };
  using place = std::pair<std::int32_t, schemas::input>;

  void on_assigned(std::span<const std::int32_t> partitions) override;
  void on_revoked(std::span<const std::int32_t> partitions, bool lost) override;
  void on_records(std::shared_ptr<const actors::input_batch> batch) override;
  void on_feed_failed(const schemas::error& why) override;

  std::vector<std::int32_t> wait_assigned(std::size_t count);
  std::vector<seen> wait_records(place where, std::size_t count);
  void wait_end(place where);
  void wait_revoked(std::size_t count);
  schemas::error wait_failure();

  std::size_t revocations();
  std::size_t count(place where);
  std::size_t bytes(place where);
  void clear();

private:
  template <class Ready>
  void wait(Ready&& ready, const char* what);

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::int32_t> assigned_;
  std::size_t revocations_ = 0;
  std::map<place, std::vector<seen>> records_;
  std::map<place, std::size_t> bytes_;
  std::map<place, bool> ended_;
  std::vector<schemas::error> failures_;
};

/// All records of a topic's partition that a reader of this isolation sees.
struct topic_record {
  std::int64_t offset = 0;
  std::string key;
  std::optional<std::string> value;
  actors::headers headers;
};
std::vector<topic_record> read_topic(const std::string& brokers, const std::string& topic,
                                     std::int32_t partition, bool committed_only = true);

/// Writes records straight to a topic, apart from the code under test.
struct raw_record {
  std::string key;
  std::string value;
  actors::headers headers;
};
void write_topic(const std::string& brokers, const std::string& topic, std::int32_t partition,
                 const std::vector<raw_record>& records);

/// Writes records in a transaction of its own, and commits or aborts it.
void write_transaction(const std::string& brokers, const std::string& topic, std::int32_t partition,
                       const std::vector<raw_record>& records, bool commit);

/// Gives a topic this one setting in place of all that it had.
void alter_topic(const std::string& brokers, const std::string& topic, const std::string& key,
                 const std::string& value);

/// Deletes every record below `before`, as retention does. Only where the clean-up policy is to
/// delete.
void delete_records(const std::string& brokers, const std::string& topic, std::int32_t partition,
                    std::int64_t before);

} // namespace laurel::test
