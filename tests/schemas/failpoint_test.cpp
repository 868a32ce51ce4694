#include "schemas/base/failpoint.hpp"

#include <doctest/doctest.h>

using namespace laurel::schemas;

TEST_SUITE("failpoint") {
  TEST_CASE("names a point, the time it is due, and how long the process outlives it") {
    const auto plain = parse_failpoint("k7");
    REQUIRE(plain);
    CHECK(plain->where == failpoint::k7_committed);
    CHECK(plain->times == 1);
    CHECK(plain->delay.count() == 0);

    const auto full = parse_failpoint("k6:3@1500us");
    REQUIRE(full);
    CHECK(full->where == failpoint::k6_commit_sent);
    CHECK(full->times == 3);
    CHECK(full->delay.count() == 1500);
  }

  TEST_CASE("what names no point, no time or no delay is refused") {
    for (const auto* text : {"", "k", "k17", "k19", "K7", "k7:", "k7:0", "k7:-1", "k7:x", "k7:3@",
                             "k7:3@5", "k7:3@us", "k7@5ms", "k7:99999999999"}) {
      INFO(text);
      CHECK(!parse_failpoint(text));
    }
  }
}
