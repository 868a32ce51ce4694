#include "schemas/partitioner.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace laurel::schemas;

TEST_SUITE("partitioner") {
  TEST_CASE("hashes as Kafka's own tests say") {
    const auto as_java = [](std::string_view text) {
      return static_cast<std::int32_t>(murmur2(text));
    };
    CHECK(as_java("21") == -973932308);
    CHECK(as_java("foobar") == -790332482);
    CHECK(as_java("a-little-bit-long-string") == -985981536);
    CHECK(as_java("a-little-bit-longer-string") == -1486304829);
    CHECK(as_java("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8") == -58897971);
    CHECK(as_java("abc") == 479470107);
  }

  TEST_CASE("picks a partition from the hash without its sign") {
    CHECK(partition_of("21", 12) == ((-973932308) & 0x7fff'ffff) % 12);
    CHECK(partition_of("anyone", 1) == 0);
    for (int user = 0; user < 1'000; ++user) {
      const auto partition = partition_of(std::to_string(user), 7);
      REQUIRE(partition >= 0);
      REQUIRE(partition < 7);
    }
  }

  TEST_CASE("takes bytes above 127 and every length as the Java client does") {
    const auto as_java = [](std::string_view text) {
      return static_cast<std::int32_t>(murmur2(text));
    };
    CHECK(as_java("") == 275646681);
    CHECK(as_java("1") == -1993445489);
    CHECK(as_java("\xff\xfe\xfd") == 998637092);
    CHECK(as_java("\u7528\u6237") == 358139016);
    CHECK(as_java(std::string_view("\x80\0\xff\x81\xc3\xa9", 6)) == -49263264);
    CHECK(partition_of("user-12", 12) == 6);
    CHECK(partition_of("\u7528\u6237", 12) == 0);
  }

} // TEST_SUITE
