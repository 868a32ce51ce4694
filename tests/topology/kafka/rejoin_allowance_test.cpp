#include "topology/kafka/rejoin_allowance.hpp"

#include <doctest/doctest.h>

using laurel::topology::kafka::rejoin_allowance;
using namespace std::chrono_literals;

namespace {

constexpr auto session = 6'000ms;

rejoin_allowance::time_point at(std::chrono::milliseconds since_start) {
  return rejoin_allowance::time_point{1h + since_start};
}

} // namespace

TEST_SUITE("rejoin allowance") {
  TEST_CASE("a member that was never given up has a twin if it is fenced") {
    rejoin_allowance allowance{session};
    CHECK_FALSE(allowance.on_fenced(at(0ms)));
    allowance.on_assigned(at(1ms));
    CHECK_FALSE(allowance.on_fenced(at(2ms)));
  }

  TEST_CASE("a member that was given up joins again, however long that takes") {
    rejoin_allowance allowance{session};
    allowance.on_assigned(at(0ms));
    allowance.on_lost();
    CHECK(allowance.on_fenced(at(10min)));
  }

  TEST_CASE("what fences within a session of joining again may be late") {
    rejoin_allowance allowance{session};
    allowance.on_lost();
    allowance.on_assigned(at(0ms));
    CHECK(allowance.on_fenced(at(session - 1ms)));
  }

  TEST_CASE("what fences later than that is a twin") {
    rejoin_allowance allowance{session};
    allowance.on_lost();
    allowance.on_assigned(at(0ms));
    CHECK_FALSE(allowance.on_fenced(at(session)));
  }

  TEST_CASE("two who fence each other by turns come to an end") {
    rejoin_allowance allowance{session};
    allowance.on_lost();
    int turns = 0;
    for (; turns < 100 && allowance.on_fenced(at(turns * 1'000ms)); ++turns)
      allowance.on_assigned(at(turns * 1'000ms + 500ms));
    CHECK(turns == 3);
  }

  TEST_CASE("the next loss begins anew") {
    rejoin_allowance allowance{session};
    allowance.on_lost();
    while (allowance.on_fenced(at(0ms)))
      allowance.on_assigned(at(0ms));
    allowance.on_lost();
    CHECK(allowance.on_fenced(at(1ms)));
  }
}
