#pragma once

#include "actors/ports.hpp"
#include "topology/kafka/feed_ledger.hpp"
#include "topology/kafka/fetch_control.hpp"
#include "topology/kafka/group_member.hpp"
#include "topology/kafka/rejoin_allowance.hpp"
#include "topology/kafka/settings.hpp"

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <thread>
#include <variant>
#include <vector>

namespace laurel::topology::kafka {

/// The feed over a Kafka consumer group. One thread polls, delivers and rebalances; the calls of
/// others are noted in a list that it takes up between two records, or at once if it waits.
///
/// Positions: committed offsets of the group are never used to read. A rebalance assigns nothing to
/// librdkafka; `start` and `stop` assign the whole list of started inputs anew, each with the exact
/// offset after its last taken record. That one mechanism also rewinds: when `rd_kafka_assign`
/// returns, everything fetched before is invalid, so that no old record can follow a rewind.
///
/// Credit: an input without credit gets a moment to have it back (everybody is then busy, and a
/// pause would throw fetched records away); after that it is paused alone.
class consumer_feed final : public actors::feed {
public:
  consumer_feed(const settings& from, std::int32_t partition_count,
                std::shared_ptr<group_member> member);
  ~consumer_feed() override;
  consumer_feed(const consumer_feed&) = delete;
  consumer_feed& operator=(const consumer_feed&) = delete;

  void run(actors::feed_listener& listener) override;
  std::uint64_t start(std::int32_t partition, const actors::input_offsets& offsets) override;
  void stop(std::int32_t partition) override;
  void release(std::int32_t partition, schemas::input from, std::size_t bytes) override;
  std::int64_t lag(std::int32_t partition, schemas::input from) const override;
  void close() override;

private:
  using place = feed_ledger::input_place;

  struct start_command {
    std::int32_t partition = 0;
    std::uint64_t session = 0;
    actors::input_offsets offsets{};
  };
  struct stop_command {
    std::int32_t partition = 0;
  };
  using command = std::variant<start_command, stop_command>;

  // The feed's thread.
  void loop();
  void use(std::shared_ptr<group_client> client);
  void subscribe();
  void poll_once();
  void on_message(const rd_kafka_message_t& message);
  void on_record(const rd_kafka_message_t& message);
  void on_consumer_error(const rd_kafka_message_t& message);
  void on_assign(const rd_kafka_topic_partition_list_t& list);
  void on_revoke();
  void renew();
  void obey_commands();
  void resume_all();
  void resume_released();
  void reassign();
  void await_credit(place which);
  void set_paused(const std::vector<place>& which, bool paused);
  void deliver_all();
  void keep_fetching(bool drained);
  void wake_fetchers();
  bool check_fatal();
  void fail(schemas::error why);
  void leave();
  place place_of(const rd_kafka_message_t& message);

  // Any thread.
  void enqueue(command what);
  void wake();

  const settings settings_;
  const std::shared_ptr<group_member> member_;
  std::shared_ptr<group_client> client_; // The member's, without its lock.
  queue_ptr queue_;                      // What the thread waits at; replaced under mutex_.
  fetch_control fetching_;
  feed_ledger ledger_;
  actors::feed_listener* listener_ = nullptr;

  const rd_kafka_topic_t* last_topic_ = nullptr; // Whose input is last_input_.
  schemas::input last_input_ = schemas::input::engagement;
  std::size_t since_flush_ = 0;
  std::size_t records_since_wake_ = 0;
  std::size_t bytes_since_wake_ = 0;
  bool idle_ = false;
  bool failed_ = false;
  rejoin_allowance allowance_;
  bool is_to_renew_ = false; // The client is of no use any more, and the next one will be.

  std::mutex mutex_;
  std::condition_variable released_;
  std::vector<command> commands_;
  std::atomic<bool> has_news_{false}; // Commands, or credit that was waited for.
  std::atomic<bool> closing_{false};
  std::atomic<std::uint64_t> session_{0};

  std::thread thread_;
};

} // namespace laurel::topology::kafka
