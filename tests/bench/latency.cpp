// From produce to the grant visible at `read_committed`: sends check-ins at a steady rate, ten per
// user, so that every tenth event causes one grant, and waits for the output record that names
// that event as its cause.
//
//   bench_latency BROKERS ENGAGEMENT_TOPIC OUTPUT_TOPIC EVENTS_PER_SECOND SECONDS

#include "tests/bench/clients.hpp"

#include <algorithm>
#include <atomic>
#include <charconv>
#include <cmath>
#include <thread>

using namespace laurel::bench;

namespace {

constexpr long events_per_grant = 10;
constexpr auto settle_time = std::chrono::seconds{3};

/// What is sent: how much, how fast, and how its events are recognised in the output.
struct plan {
  std::string brokers;
  std::string input;
  std::string output;
  long rate = 0;
  long total = 0;
  std::int64_t begin_ms = 0; // Wall clock; part of every id, so that runs do not meet.
  std::string prefix;

  bool causes_grant(long number) const {
    return number / rate % events_per_grant == events_per_grant - 1;
  }
};

/// Reads the output from its end on and notes when each cause was seen.
class grant_reader {
public:
  explicit grant_reader(const plan& what)
      : plan_{what},
        needle_{"\"" + what.prefix},
        seen_(static_cast<std::size_t>(what.total)),
        consumer_{make_client(RD_KAFKA_CONSUMER, {{"bootstrap.servers", what.brokers},
                                                  {"group.id", what.prefix},
                                                  {"isolation.level", "read_committed"},
                                                  {"enable.auto.commit", "false"},
                                                  {"fetch.wait.max.ms", "10"}})} {
    partitions all{rd_kafka_topic_partition_list_new(16)};
    for (int p = 0; p < partition_count(consumer_, what.output); ++p)
      rd_kafka_topic_partition_list_add(all.get(), what.output.c_str(), p)->offset =
        end_of(consumer_, what.output, p);
    require(rd_kafka_assign(consumer_.get(), all.get()));
    thread_ = std::thread{[this] { read(); }};
  }

  /// Stops reading; the times of the grants by the number of the event, 0 for one not seen.
  const std::vector<double>& finish() {
    stopping_ = true;
    thread_.join();
    return seen_;
  }

private:
  void read() {
    constexpr int poll_ms = 50;
    while (!stopping_)
      if (record got{rd_kafka_consumer_poll(consumer_.get(), poll_ms)}; got && got->err == 0)
        note({static_cast<const char*>(got->payload), got->len});
  }

  void note(std::string_view text) {
    auto at = text.find(needle_);
    if (at == std::string_view::npos)
      return;
    std::size_t number = 0;
    std::from_chars(text.data() + at + needle_.size(), text.data() + text.size(), number);
    if (number < seen_.size() && seen_[number] == 0)
      seen_[number] = now_s();
  }

  const plan& plan_;
  std::string needle_;
  std::vector<double> seen_;
  client consumer_;
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

/// Sends the events on time and returns when each was handed to the producer.
std::vector<double> send_events(const plan& what) {
  auto producer = make_client(
    RD_KAFKA_PRODUCER,
    {{"bootstrap.servers", what.brokers}, {"linger.ms", "1"}, {"partitioner", "murmur2_random"}});
  auto input = open_topic(producer, what.input);
  std::vector<double> sent;
  sent.reserve(static_cast<std::size_t>(what.total));
  std::array<char, 64> key{};
  std::array<char, 256> value{};
  const double begin = now_s();
  for (long i = 0; i < what.total; ++i) {
    while (now_s() < begin + static_cast<double>(i) / static_cast<double>(what.rate))
      std::this_thread::sleep_for(std::chrono::microseconds{200});
    // A user's ten events lie a second apart.
    auto user = i / (what.rate * events_per_grant) * what.rate + i % what.rate;
    auto key_size = std::snprintf(key.data(), key.size(), "user-%ld-%ld", what.begin_ms, user);
    auto value_size =
      std::snprintf(value.data(), value.size(),
                    R"({"event_id":"%s%ld","user_id":"%s","type":"checkin","occurred_at":%ld,)"
                    R"("attributes":{"place":"p","source":"ios"}})",
                    what.prefix.c_str(), i, key.data(), what.begin_ms + i * 1000 / what.rate);
    sent.push_back(now_s());
    produce(producer, input, RD_KAFKA_PARTITION_UA,
            {key.data(), static_cast<std::size_t>(key_size)},
            {value.data(), static_cast<std::size_t>(value_size)});
    rd_kafka_poll(producer.get(), 0);
  }
  constexpr int flush_ms = 10'000;
  require(rd_kafka_flush(producer.get(), flush_ms));
  return sent;
}

/// The value below which a share of the sorted values lies.
double quantile(const std::vector<double>& sorted, double share) {
  auto at = static_cast<std::size_t>(share * static_cast<double>(sorted.size()));
  return sorted[std::min(sorted.size() - 1, at)];
}

} // namespace

int main(int count, char** words) {
  if (count != 6)
    give_up("usage: bench_latency BROKERS ENGAGEMENT_TOPIC OUTPUT_TOPIC EVENTS_PER_SECOND SECONDS");
  plan what{words[1], words[2], words[3], std::atol(words[4]), 0, 0, {}};
  what.total = what.rate * std::atol(words[5]);
  what.begin_ms = std::chrono::duration_cast<std::chrono::milliseconds>(
                    std::chrono::system_clock::now().time_since_epoch())
                    .count();
  what.prefix = "L" + std::to_string(what.begin_ms) + "-";

  grant_reader reader{what};
  auto sent = send_events(what);
  std::this_thread::sleep_for(settle_time);
  const auto& seen = reader.finish();

  std::vector<double> delays_ms;
  long due = 0;
  for (long i = 0; i < what.total; ++i) {
    due += what.causes_grant(i) ? 1 : 0;
    auto at = static_cast<std::size_t>(i);
    if (seen[at] > 0)
      delays_ms.push_back((seen[at] - sent[at]) * 1e3);
  }
  if (delays_ms.empty())
    give_up("no grant was seen");
  std::sort(delays_ms.begin(), delays_ms.end());
  std::printf(R"({"grants": %zu, "due": %ld, "p50": %.1f, "p95": %.1f, "p99": %.1f, "max": %.1f})"
              "\n",
              delays_ms.size(), due, quantile(delays_ms, .5), quantile(delays_ms, .95),
              quantile(delays_ms, .99), delays_ms.back());
}
