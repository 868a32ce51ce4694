#include "schemas/command_codec.hpp"
#include "schemas/partitioner.hpp"

#include <doctest/doctest.h>

using namespace laurel::schemas;

namespace {

command full() {
  command what;
  what.id = "k-1";
  what.user_id = "ada";
  what.kind = command_kind::extend;
  what.at = {1'000};
  what.grant_id = "0f1e2d3c4b5a69788796a5b4c3d2e1f0";
  what.if_revision = 3;
  what.expires_at = event_time{2'000};
  what.reason = "holidays";
  what.actor = "key-7";
  return what;
}

std::string code_of(std::string_view text) {
  const auto read = decode_command(text, {});
  REQUIRE_FALSE(read.has_value());
  CHECK(read.error().message.find("command: ") == 0);
  return std::string(read.error().code());
}

} // namespace

TEST_SUITE("command codec") {
  TEST_CASE("what was written is read") {
    CHECK(decode_command(encode(full()), {}) == full());
    command least;
    least.id = "k";
    least.user_id = "u";
    least.badge_id = "B";
    CHECK(decode_command(encode(least), {}) == least);
  }

  TEST_CASE("each mistake has its own code") {
    const std::string head = R"({"command_id":"k","user_id":"u","at":"2026-01-05T00:00:00Z",)";
    CHECK(code_of("") == "empty");
    CHECK(code_of("{") == "bad_json");
    CHECK(code_of("[]") == "not_an_object");
    CHECK(code_of("{}") == "missing_field");
    CHECK(code_of(head + R"("command":"grant"})") == "missing_field");
    CHECK(code_of(head + R"("command":"revoke"})") == "missing_field");
    CHECK(code_of(head + R"("command":"revoke","badge_id":"B","grant_id":"g"})")
          == "missing_field");
    CHECK(code_of(head + R"("command":"extend","badge_id":"B"})") == "missing_field");
    CHECK(code_of(head + R"("command":"give","badge_id":"B"})") == "wrong_type");
    CHECK(code_of(head + R"("command":"pin","badge_id":7})") == "wrong_type");
    CHECK(code_of(head + R"("command":"pin","badge_id":""})") == "empty_id");
    CHECK(code_of(head + R"("command":"pin","badge_id":")" + std::string(257, 'b') + "\"}")
          == "long_id");
    CHECK(code_of(head + R"("command":"pin","badge_id":"B","badge_id":"C"})") == "duplicate_key");
    CHECK(code_of(head + R"("command":"pin","badge_id":"B","if_revison":1})") == "unknown_field");
    CHECK(code_of(head + R"("command":"grant","badge_id":"B","if_revision":1})")
          == "unknown_field");
    CHECK(code_of(head + R"("command":"pin","badge_id":"B","expires_at":"2027-01-05T00:00:00Z"})")
          == "unknown_field");
    CHECK(code_of(head + R"("command":"grant","badge_id":"B","expires_at":"2025-01-05T00:00:00Z"})")
          == "bad_time");
    CHECK(code_of(R"({"command_id":"k","user_id":"u","at":"today","command":"pin","badge_id":"B"})")
          == "bad_time");
    CHECK(code_of(R"({"oversized":")" + std::string(256 * 1024, 'x') + "\"}") == "oversized");
  }

  TEST_CASE(
    "a record has to lie where its user's events lie, and time does not come from the future") {
    record_context where{.from = input::command,
                         .partition_count = 12,
                         .append_time_ms = 500,
                         .has_key = true,
                         .key = "ada"};
    where.partition = partition_of("ada", 12);
    const auto read = decode_command(encode(full()), where);
    REQUIRE(read.has_value());
    CHECK(read->at == event_time{500});

    where.key = "bob";
    CHECK(decode_command(encode(full()), where).error().class_name() == "key_mismatch");
    where.key = "ada";
    where.partition = (where.partition + 1) % 12;
    CHECK(decode_command(encode(full()), where).error().class_name() == "wrong_partition");
  }
}
