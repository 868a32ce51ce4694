#include "schemas/dead_letter.hpp"

#include <doctest/doctest.h>

#include <map>
#include <string>

using namespace laurel::schemas;

TEST_SUITE("dead letter") {
  namespace {

  constexpr dead_letter_origin origin{"badge.engagement.events", 3, 41, 1'767'572'100'000, 2, "7"};

  std::map<std::string, std::string> by_name(const dead_letter& letter) {
    return {letter.headers.begin(), letter.headers.end()};
  }

  } // namespace

  TEST_CASE("carries the origin's bytes and coordinates, and why") {
    event_decoder decoder;
    const std::string bytes = R"({"event_id": ""})";
    const auto why = decoder.route(bytes).error();

    const auto letter = make_dead_letter(origin, why, bytes);

    CHECK(letter.value == bytes);
    auto headers = by_name(letter);
    CHECK(headers["class"] == "undecodable");
    CHECK(headers["code"] == "empty_id");
    CHECK(headers["error"] == "'/event_id' (byte 13): must not be empty");
    CHECK(headers["topic"] == "badge.engagement.events");
    CHECK(headers["partition"] == "3");
    CHECK(headers["offset"] == "41");
    CHECK(headers["timestamp"] == "1767572100000");
    CHECK(headers["attempt"] == "2");
    CHECK(headers["epoch"] == "7");
  }

  TEST_CASE("carries hash and length of what is too large for a record") {
    const std::string largest(dead_letter_bytes_max, 'a');
    const std::string larger = largest + "a";

    CHECK(make_dead_letter(origin, "oversized", "too long", largest).value == largest);
    // printf 'a%.0s' $(seq 262145) | sha256sum
    const std::string hash = "c592f4a6b099700b5050ce8bc67367f0c8f44810203124e86405c3e7b6f1a2ba";
    CHECK(make_dead_letter(origin, "oversized", "too long", larger).value
          == R"({"sha256":")" + hash + R"(","length":262145})");
  }

  TEST_CASE("says so in a header if it carries no original bytes") {
    const std::string largest(dead_letter_bytes_max, 'a');

    CHECK(!by_name(make_dead_letter(origin, "oversized", "", largest)).contains("truncated"));
    CHECK(by_name(make_dead_letter(origin, "oversized", "", largest + "a"))["truncated"]
          == "262145");
  }

  TEST_CASE("the origin of a record that is sent again reads what it writes") {
    const auto text = to_text({"badge.engagement.events", 3, 41, 1'767'572'100'000, 2});
    CHECK(text == "badge.engagement.events/3/41/1767572100000/2");

    const auto read = parse_redriven(text);
    REQUIRE(read);
    CHECK(read->topic == "badge.engagement.events");
    CHECK(read->partition == 3);
    CHECK(read->offset == 41);
    CHECK(read->timestamp_ms == 1'767'572'100'000);
    CHECK(read->attempt == 2);
  }

  TEST_CASE("a header that anyone could have written is not believed unless it is whole") {
    for (const auto* text :
         {"", "/", "topic", "topic/1/2/3", "/1/2/3/4", "topic/1/2/3/0", "topic/1/2/3/",
          "topic/-1/2/3/4", "topic/1/2/3/4x", "topic/99999999999/2/3/4"}) {
      INFO(text);
      CHECK(!parse_redriven(text));
    }
  }

} // TEST_SUITE
