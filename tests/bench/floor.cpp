// The floor that any engine on librdkafka pays: read both inputs, write one 200-byte record per
// event, and commit both in transactions of 100 ms. Decides nothing.
//
//   bench_floor BROKERS GROUP ENGAGEMENT_TOPIC TRANSACTION_TOPIC OUTPUT_TOPIC

#include "tests/bench/clients.hpp"

#include <csignal>
#include <map>

using namespace laurel::bench;

namespace {

constexpr double commit_interval_s = 0.1;
constexpr int poll_ms = 100;
constexpr int request_ms = 20'000;
constexpr std::size_t record_bytes = 200;

volatile std::sig_atomic_t stopping = 0;

/// The offsets that one transaction commits.
using offsets = std::map<std::pair<std::string, std::int32_t>, std::int64_t>;

void commit(const client& producer, const client& consumer, const offsets& reached) {
  partitions list{rd_kafka_topic_partition_list_new(static_cast<int>(reached.size()))};
  for (const auto& [where, offset] : reached)
    rd_kafka_topic_partition_list_add(list.get(), where.first.c_str(), where.second)->offset =
      offset;
  auto* group = rd_kafka_consumer_group_metadata(consumer.get());
  require(rd_kafka_send_offsets_to_transaction(producer.get(), list.get(), group, request_ms));
  rd_kafka_consumer_group_metadata_destroy(group);
  require(rd_kafka_commit_transaction(producer.get(), request_ms));
}

void subscribe(const client& consumer, const std::vector<std::string>& topics) {
  partitions list{rd_kafka_topic_partition_list_new(2)};
  for (const auto& name : topics)
    rd_kafka_topic_partition_list_add(list.get(), name.c_str(), RD_KAFKA_PARTITION_UA);
  require(rd_kafka_subscribe(consumer.get(), list.get()));
}

/// Copies until told to stop. What is open is committed before it looks at the clock again.
void copy_records(const client& producer, const client& consumer, const topic& output,
                  const std::array<std::string, 2>& inputs) {
  const std::string value(record_bytes, 'x');
  std::array<std::map<std::int32_t, std::int64_t>, 2> reached;
  bool open = false;
  double tick = now_s();
  while (stopping == 0 || open) {
    if (record got{rd_kafka_consumer_poll(consumer.get(), poll_ms)}; got && got->err == 0) {
      if (!open) {
        require(rd_kafka_begin_transaction(producer.get()));
        open = true;
      }
      produce(producer, output, got->partition, {static_cast<char*>(got->key), got->key_len},
              value);
      std::size_t input = rd_kafka_topic_name(got->rkt) == inputs[0] ? 0 : 1;
      reached[input][got->partition] = got->offset + 1;
    }
    if (open && now_s() - tick > commit_interval_s) {
      offsets all;
      for (std::size_t i = 0; i < inputs.size(); ++i)
        for (const auto& [partition, offset] : reached[i])
          all[{inputs[i], partition}] = offset;
      commit(producer, consumer, all);
      open = false;
      tick = now_s();
    }
  }
}

} // namespace

int main(int count, char** words) {
  if (count != 6)
    give_up("usage: bench_floor BROKERS GROUP ENGAGEMENT_TOPIC TRANSACTION_TOPIC OUTPUT_TOPIC");
  std::signal(SIGTERM, [](int) { stopping = 1; });
  auto producer = make_client(RD_KAFKA_PRODUCER, {{"bootstrap.servers", words[1]},
                                                  {"transactional.id", words[2]},
                                                  {"linger.ms", "5"},
                                                  {"compression.type", "lz4"},
                                                  {"batch.num.messages", "10000"},
                                                  {"queue.buffering.max.messages", "2000000"}});
  auto consumer = make_client(RD_KAFKA_CONSUMER, {{"bootstrap.servers", words[1]},
                                                  {"group.id", words[2]},
                                                  {"isolation.level", "read_committed"},
                                                  {"enable.auto.commit", "false"},
                                                  {"auto.offset.reset", "earliest"},
                                                  {"fetch.wait.max.ms", "10"},
                                                  {"queued.min.messages", "200000"}});
  require(rd_kafka_init_transactions(producer.get(), request_ms));
  subscribe(consumer, {words[3], words[4]});
  copy_records(producer, consumer, open_topic(producer, words[5]), {words[3], words[4]});
}
