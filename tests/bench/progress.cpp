// Watches from outside how far a consumer group has committed, the same way for every program that
// is measured. Ends when the group has committed all that was there at the start, and prints one
// line: the time between the first commit seen and the last, and the events committed in it.
//
//   bench_progress BROKERS GROUP TIMEOUT_S TOPIC...

#include "tests/bench/clients.hpp"

#include <thread>

using namespace laurel::bench;

namespace {

constexpr auto poll_interval = std::chrono::milliseconds{20};
constexpr int request_timeout_ms = 5'000;
constexpr double tell_interval_s = 1.0;

/// Every partition of the topics; `total` becomes the number of records in them.
partitions all_partitions(const client& from, const std::vector<std::string>& topics,
                          std::int64_t& total) {
  partitions all{rd_kafka_topic_partition_list_new(16)};
  for (const auto& name : topics)
    for (int p = 0; p < partition_count(from, name); ++p) {
      rd_kafka_topic_partition_list_add(all.get(), name.c_str(), p);
      total += end_of(from, name, p);
    }
  return all;
}

/// The number of records before the group's committed offsets. Offsets count records here, as no
/// transaction writes to the inputs. Unknown for a moment (a group that moves): what it was.
std::int64_t committed(const client& from, const partitions& all, std::int64_t before) {
  partitions answer{rd_kafka_topic_partition_list_copy(all.get())};
  if (rd_kafka_committed(from.get(), answer.get(), request_timeout_ms)
      != RD_KAFKA_RESP_ERR_NO_ERROR)
    return before;
  std::int64_t sum = 0;
  for (int i = 0; i < answer->cnt; ++i)
    sum += std::max<std::int64_t>(answer->elems[i].offset, 0);
  return std::max(sum, before);
}

} // namespace

int main(int count, char** words) {
  if (count < 5)
    give_up("usage: bench_progress BROKERS GROUP TIMEOUT_S TOPIC...");
  // The group's name, without ever joining it.
  auto consumer =
    make_client(RD_KAFKA_CONSUMER, {{"bootstrap.servers", words[1]}, {"group.id", words[2]}});
  std::int64_t total = 0;
  auto all = all_partitions(consumer, {words + 4, words + count}, total);

  const double begin = now_s();
  const double deadline = begin + std::atof(words[3]);
  double first = 0;
  double told = begin;
  std::int64_t first_done = 0;
  std::int64_t done = 0;
  while (done < total) {
    if (now_s() > deadline)
      give_up("only " + std::to_string(done) + " of " + std::to_string(total) + " in time");
    std::this_thread::sleep_for(poll_interval);
    done = committed(consumer, all, done);
    if (first == 0 && done > 0) {
      first = now_s();
      first_done = done;
    }
    if (now_s() - told > tell_interval_s) {
      told = now_s();
      std::fprintf(stderr, "%ld of %ld\n", done, total);
    }
  }
  const double last = now_s();
  std::printf(R"({"seconds": %.3f, "events": %ld, "total": %ld, "start_s": %.3f})"
              "\n",
              last - first, done - first_done, total, first - begin);
}
