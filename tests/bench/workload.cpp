// The measured workload: events of about 150 bytes over users that follow Zipf's law with exponent
// 0.8; 60 % check-ins, 15 % shares, 22 % purchases, 3 % refunds; thirty days of event time. The
// same seed gives the same events.
//
//   bench_workload BROKERS ENGAGEMENT_TOPIC TRANSACTION_TOPIC EVENTS USERS SEED

#include "tests/bench/clients.hpp"

#include <algorithm>
#include <cmath>
#include <random>

using namespace laurel::bench;

namespace {

constexpr double zipf_exponent = 0.8;
// 2026-01-01. Event time stays in the payload: as a record's timestamp, a date of long ago would
// meet the broker's retention.
constexpr std::int64_t first_day_ms = 1'767'225'600'000;
constexpr double span_ms = 30.0 * 86'400'000;

/// Draws users so that user k is met with a probability proportional to 1 / k^0.8.
class user_picker {
public:
  explicit user_picker(std::size_t users) {
    double sum = 0;
    for (std::size_t i = 0; i < users; ++i)
      cumulative_.push_back(sum += 1.0 / std::pow(static_cast<double>(i + 1), zipf_exponent));
  }

  long operator()(std::mt19937_64& random) const {
    std::uniform_real_distribution<double> draw{0, cumulative_.back()};
    return std::lower_bound(cumulative_.begin(), cumulative_.end(), draw(random))
           - cumulative_.begin();
  }

private:
  std::vector<double> cumulative_;
};

/// One event as text; reused, so that making events costs no memory.
struct event_text {
  std::array<char, 32> key{};
  std::array<char, 320> value{};
  std::size_t key_size = 0;
  std::size_t value_size = 0;
  bool is_transaction = false;
};

template <std::size_t Size, class... Values>
std::size_t print(std::array<char, Size>& to, const char* format, Values... values) {
  return static_cast<std::size_t>(std::snprintf(to.data(), Size, format, values...));
}

void make_event(event_text& out, long number, long user, std::int64_t at, std::mt19937_64& random) {
  out.key_size = print(out.key, "user-%07ld", user);
  const char* key = out.key.data();
  auto kind = random() % 100;
  out.is_transaction = kind >= 75;
  if (kind < 60)
    out.value_size =
      print(out.value,
            R"({"event_id":"e-%010ld","user_id":"%s","type":"checkin",)"
            R"("occurred_at":%ld,"attributes":{"place":"place-%lu","source":"ios"}})",
            number, key, at, random() % 50);
  else if (kind < 75)
    out.value_size = print(out.value,
                           R"({"event_id":"e-%010ld","user_id":"%s","type":"share",)"
                           R"("occurred_at":%ld,"attributes":{"item":"item-%lu","source":"web"}})",
                           number, key, at, random() % 5000);
  else {
    auto cents = random() % 10'000;
    out.value_size =
      print(out.value,
            R"({"event_id":"t-%010ld","user_id":"%s","type":"%s","occurred_at":%ld,)"
            R"("amount":{"value":"%lu.%02lu","currency":"EUR"},"attributes":{"order":"o-%010ld"}})",
            number, key, kind < 97 ? "purchase" : "refund", at, cents / 100, cents % 100, number);
  }
}

} // namespace

int main(int count, char** words) {
  if (count != 7)
    give_up("usage: bench_workload BROKERS ENGAGEMENT_TOPIC TRANSACTION_TOPIC EVENTS USERS SEED");
  auto producer = make_client(RD_KAFKA_PRODUCER, {{"bootstrap.servers", words[1]},
                                                  {"linger.ms", "20"},
                                                  {"batch.num.messages", "10000"},
                                                  {"queue.buffering.max.messages", "1000000"},
                                                  {"compression.type", "lz4"},
                                                  {"partitioner", "murmur2_random"}});
  auto engagement = open_topic(producer, words[2]);
  auto transaction = open_topic(producer, words[3]);
  auto events = std::atol(words[4]);
  user_picker pick{static_cast<std::size_t>(std::atol(words[5]))};
  std::mt19937_64 random{std::strtoull(words[6], nullptr, 10)};

  event_text text;
  for (long i = 0; i < events; ++i) {
    auto at =
      first_day_ms
      + static_cast<std::int64_t>(static_cast<double>(i) / static_cast<double>(events) * span_ms);
    auto user = pick(random);
    make_event(text, i, user, at, random);
    produce(producer, text.is_transaction ? transaction : engagement, RD_KAFKA_PARTITION_UA,
            {text.key.data(), text.key_size}, {text.value.data(), text.value_size});
    if (i % 1000 == 0)
      rd_kafka_poll(producer.get(), 0);
  }
  constexpr int flush_ms = 60'000;
  require(rd_kafka_flush(producer.get(), flush_ms));
}
