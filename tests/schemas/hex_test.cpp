#include "schemas/base/hex.hpp"

#include <doctest/doctest.h>

#include <array>

using namespace laurel::schemas;

TEST_SUITE("hex") {
  TEST_CASE("each byte is two lower-case digits, in order") {
    constexpr std::array<unsigned char, 3> bytes{0x00, 0xab, 0x7f};
    CHECK(to_hex(bytes) == "00ab7f");
    CHECK(to_hex({}).empty());
  }

  TEST_CASE("random bytes differ from call to call") {
    CHECK(random_hex(16).size() == 32);
    CHECK(random_hex(16) != random_hex(16));
    CHECK(random_hex(0).empty());
  }
}
