#include "schemas/event_codec.hpp"
#include "schemas/partitioner.hpp"

#include <doctest/doctest.h>

#include <memory_resource>
#include <string>

using namespace laurel::schemas;

/// What depends on the record that carries an event: its time, topic, key and partition.
TEST_SUITE("event record") {
  namespace {

  /// Decodes with no attributes kept; the arena lives as long as this.
  struct bench {
    decoded<event> decode(std::string_view bytes) {
      return decoder.decode(bytes, record, keep, arena);
    }

    event_decoder decoder;
    projection keep;
    record_context record;
    std::pmr::monotonic_buffer_resource arena;
  };

  /// A valid event with `more` fields.
  std::string with(std::string_view more) {
    return R"({"event_id":"e","user_id":"u","type":"t","occurred_at":1000)" + std::string(more)
           + "}";
  }

  } // namespace

  TEST_CASE("an event is no later than its record, unless told otherwise") {
    bench at;
    at.record.append_time_ms = 900;
    CHECK(at.decode(with(""))->at.ms == 900);
    CHECK(at.decode(with(""))->recorded_at.ms == 900);
    at.record.append_time_ms = 1'100;
    CHECK(at.decode(with(""))->at.ms == 1'000);
    CHECK(at.decode(with(""))->recorded_at.ms == 1'100);
    at.record.append_time_ms = 900;
    at.record.clamp_future = false;
    CHECK(at.decode(with(""))->at.ms == 1'000);
    CHECK(at.decode(with(""))->recorded_at.ms == 900);
  }

  TEST_CASE("without an append time the event's own stands for it") {
    bench at;
    at.record.append_time_ms = -1;
    CHECK(at.decode(with(""))->at.ms == 1'000);
    CHECK(at.decode(with(""))->recorded_at.ms == 1'000);
  }

  TEST_CASE("purchases and refunds come on the transaction topic only") {
    bench at;
    for (const char* const type : {"purchase", "refund"}) {
      const std::string bytes =
        R"({"event_id":"e","user_id":"u","occurred_at":1,"type":")" + std::string(type) + "\"}";
      at.record.from = input::engagement;
      const auto refused = at.decode(bytes);
      REQUIRE_FALSE(refused);
      CHECK(refused.error().class_name() == "wrong_topic");
      CHECK(refused.error().field == "/type");
      at.record.from = input::transaction;
      CHECK(at.decode(bytes)->from == input::transaction);
    }
    CHECK(at.decode(with("")));
  }

  TEST_CASE("a key must be the user's id; no key is no contradiction") {
    bench at;
    at.record.has_key = true;
    at.record.key = "u";
    CHECK(at.decode(with("")));
    for (const char* const key : {"", "U", "u2"}) {
      at.record.key = key;
      const auto refused = at.decode(with(""));
      REQUIRE_FALSE(refused);
      CHECK(refused.error().class_name() == "key_mismatch");
      CHECK(refused.error().field == "/user_id");
    }
    at.record.has_key = false;
    CHECK(at.decode(with("")));
  }

  TEST_CASE("a record in another partition than its user's names the producer setting") {
    bench at;
    at.record.partition_count = 12;
    at.record.partition = partition_of("u", 12);
    CHECK(at.decode(with("")));
    at.record.partition = (at.record.partition + 1) % 12;

    const auto refused = at.decode(with(""));
    REQUIRE_FALSE(refused);
    CHECK(refused.error().class_name() == "wrong_partition");
    CHECK(refused.error().field == "/user_id");
    CHECK(refused.error().message.find("partitioner=murmur2_random") != std::string::npos);
    const auto of_cloud =
      at.decode(R"({"specversion":"1.0","id":"e","source":"s","subject":"u","type":"t","time":1})");
    CHECK(of_cloud.error().field == "/subject");
  }

  TEST_CASE("routes by type and amount, or as chosen where that may be") {
    event_decoder decoder;
    const std::string purchase =
      R"({"event_id":"e1","user_id":"u1","type":"purchase","occurred_at":7})";
    const std::string tip = with(R"(,"amount":{"value":"1","currency":"EUR"})");

    CHECK(decoder.route(purchase)->to == input::transaction);
    CHECK(decoder.route(purchase)->user_id == "u1");
    CHECK(decoder.route(purchase)->event_id == "e1");
    CHECK(decoder.route(purchase)->at.ms == 7);
    CHECK(decoder.route(tip)->to == input::transaction);
    CHECK(decoder.route(with(""))->to == input::engagement);
    CHECK(decoder.route(with(""), input::transaction)->to == input::transaction);
    CHECK(decoder.route(tip, input::engagement)->to == input::engagement);
    CHECK(decoder.route(purchase, input::engagement).error().code() == "wrong_topic");
    CHECK(decoder.route("{").error().code() == "bad_json");
  }

} // TEST_SUITE
