#pragma once

#include <librdkafka/rdkafka.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// What the programs of the benchmark share: librdkafka handles that clean up after themselves,
/// and one way to give up. Nothing of Laurel is used here, so that the measure is independent.
namespace laurel::bench {

/// Ends the program: a benchmark that cannot go on has no result.
[[noreturn]] inline void give_up(std::string_view why) {
  std::fprintf(stderr, "%.*s\n", static_cast<int>(why.size()), why.data());
  std::exit(1);
}

/// Stops at an error of librdkafka; takes the error over.
inline void require(rd_kafka_error_t* error) {
  if (error != nullptr)
    give_up(rd_kafka_error_string(error));
}

inline void require(rd_kafka_resp_err_t code) {
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
    give_up(rd_kafka_err2str(code));
}

/// Calls a C function where C++ wants a deleter.
template <auto Function>
struct call {
  template <class Handle>
  void operator()(Handle* handle) const {
    Function(handle);
  }
};

using client = std::unique_ptr<rd_kafka_t, call<rd_kafka_destroy>>;
using topic = std::unique_ptr<rd_kafka_topic_t, call<rd_kafka_topic_destroy>>;
using queue = std::unique_ptr<rd_kafka_queue_t, call<rd_kafka_queue_destroy>>;
using admin_event = std::unique_ptr<rd_kafka_event_t, call<rd_kafka_event_destroy>>;
using record = std::unique_ptr<rd_kafka_message_t, call<rd_kafka_message_destroy>>;
using partitions =
  std::unique_ptr<rd_kafka_topic_partition_list_t, call<rd_kafka_topic_partition_list_destroy>>;

using settings = std::vector<std::pair<std::string, std::string>>;

inline client make_client(rd_kafka_type_t type, const settings& wanted) {
  std::array<char, 512> why{};
  rd_kafka_conf_t* conf = rd_kafka_conf_new();
  for (const auto& [key, value] : wanted)
    if (rd_kafka_conf_set(conf, key.c_str(), value.c_str(), why.data(), why.size())
        != RD_KAFKA_CONF_OK)
      give_up(why.data());
  client made{rd_kafka_new(type, conf, why.data(), why.size())};
  if (made == nullptr)
    give_up(why.data());
  if (type == RD_KAFKA_CONSUMER)
    rd_kafka_poll_set_consumer(made.get());
  return made;
}

inline topic open_topic(const client& from, const std::string& name) {
  return topic{rd_kafka_topic_new(from.get(), name.c_str(), nullptr)};
}

/// The number of partitions of a topic.
inline int partition_count(const client& from, const std::string& name) {
  constexpr int timeout_ms = 10'000;
  const rd_kafka_metadata_t* found = nullptr;
  require(rd_kafka_metadata(from.get(), 0, open_topic(from, name).get(), &found, timeout_ms));
  int count = found->topics[0].partition_cnt;
  rd_kafka_metadata_destroy(found);
  if (count == 0)
    give_up("there is no topic " + name);
  return count;
}

/// The offset after the last record of a partition.
inline std::int64_t end_of(const client& from, const std::string& name, int partition) {
  constexpr int timeout_ms = 10'000;
  std::int64_t low = 0;
  std::int64_t high = 0;
  require(
    rd_kafka_query_watermark_offsets(from.get(), name.c_str(), partition, &low, &high, timeout_ms));
  return high;
}

/// Seconds of a clock that only goes forward.
inline double now_s() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

/// Puts a copy of a record into the producer's queue, waiting while that is full.
inline void produce(const client& producer, const topic& to, std::int32_t partition,
                    std::string_view key, std::string_view value) {
  constexpr int wait_ms = 10;
  // librdkafka takes the payload as `void*` and copies it, as the flag says.
  auto* payload = const_cast<char*>(value.data());
  while (rd_kafka_produce(to.get(), partition, RD_KAFKA_MSG_F_COPY, payload, value.size(),
                          key.data(), key.size(), nullptr)
         != 0)
    rd_kafka_poll(producer.get(), wait_ms);
}

} // namespace laurel::bench
