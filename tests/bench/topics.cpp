// Topics of the benchmark's own, and how far a topic reaches.
//
//   bench_topics create BROKERS PARTITIONS TOPIC...
//   bench_topics ends BROKERS TOPIC...        prints the sum of the end offsets

#include "tests/bench/clients.hpp"

using namespace laurel::bench;

namespace {

void create(const client& admin, const std::string& name, int count) {
  constexpr int timeout_ms = 10'000;
  std::array<char, 512> why{};
  rd_kafka_NewTopic_t* wanted =
    rd_kafka_NewTopic_new(name.c_str(), count, 1, why.data(), why.size());
  if (wanted == nullptr)
    give_up(why.data());
  queue answers{rd_kafka_queue_new(admin.get())};
  rd_kafka_CreateTopics(admin.get(), &wanted, 1, nullptr, answers.get());
  rd_kafka_NewTopic_destroy(wanted);
  admin_event answer{rd_kafka_queue_poll(answers.get(), timeout_ms)};
  if (answer == nullptr)
    give_up("the broker does not answer");
  require(rd_kafka_event_error(answer.get()));
  std::size_t topics = 0;
  const auto* result = rd_kafka_event_CreateTopics_result(answer.get());
  const auto** created = rd_kafka_CreateTopics_result_topics(result, &topics);
  for (std::size_t i = 0; i < topics; ++i)
    require(rd_kafka_topic_result_error(created[i]));
}

} // namespace

int main(int count, char** words) {
  std::string_view command = count > 3 ? words[1] : "";
  if (command != "create" && command != "ends")
    give_up("usage: bench_topics create BROKERS PARTITIONS TOPIC... | ends BROKERS TOPIC...");
  auto admin = make_client(RD_KAFKA_PRODUCER, {{"bootstrap.servers", words[2]}});
  if (command == "create") {
    for (int i = 4; i < count; ++i)
      create(admin, words[i], std::atoi(words[3]));
    return 0;
  }
  std::int64_t sum = 0;
  for (int i = 3; i < count; ++i)
    for (int p = 0; p < partition_count(admin, words[i]); ++p)
      sum += end_of(admin, words[i], p);
  std::printf("%ld\n", sum);
}
