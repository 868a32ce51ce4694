#include "api/rate_limiter.hpp"

#include <doctest/doctest.h>

using namespace laurel::api;

TEST_SUITE("rate limiter") {
  TEST_CASE("a minute may be used at once, and comes back as time passes") {
    rate_limiter limiter(10);

    for (std::uint32_t i = 0; i < 100; ++i)
      CHECK(limiter.take("ada", 1, 100, 0).remaining == 99 - i);
    const auto refused = limiter.take("ada", 1, 100, 0);

    CHECK_FALSE(refused.is_allowed);
    CHECK(refused.wait_ms == 600); // A hundredth of a minute.
    CHECK(refused.reset_ms == 60'000);
    CHECK_FALSE(limiter.take("ada", 1, 100, 599).is_allowed);
    CHECK(limiter.take("ada", 1, 100, 600).is_allowed);
    CHECK(limiter.take("ada", 1, 100, 600'000).remaining == 99);
  }

  TEST_CASE("callers do not count for each other, and nothing counts without a limit") {
    rate_limiter limiter(10);

    CHECK(limiter.take("ada", 1, 1, 0).is_allowed);
    CHECK_FALSE(limiter.take("ada", 1, 1, 0).is_allowed);
    CHECK(limiter.take("bob", 1, 1, 0).is_allowed);
    CHECK(limiter.take("ada", 1, 0, 0).limit == 0);
  }

  TEST_CASE("a cost is taken whole or not at all, and one beyond the limit takes all of it") {
    rate_limiter limiter(10);

    CHECK(limiter.take("ada", 8, 10, 0).is_allowed);
    CHECK_FALSE(limiter.take("ada", 3, 10, 0).is_allowed);
    CHECK(limiter.take("ada", 2, 10, 0).is_allowed);
    CHECK(limiter.take("bob", 99, 10, 0).remaining == 0);
  }

  TEST_CASE("what it remembers is bounded, and the one unseen for longest is forgotten") {
    rate_limiter limiter(2);
    limiter.take("ada", 1, 1, 0);
    limiter.take("bob", 1, 1, 0);
    limiter.take("ada", 1, 1, 0);
    limiter.take("eve", 1, 1, 0);

    CHECK(limiter.callers() == 2);
    CHECK_FALSE(limiter.take("ada", 1, 1, 0).is_allowed);
    CHECK(limiter.take("bob", 1, 1, 0).is_allowed);
  }

  TEST_CASE("a clock that goes back gives nothing away") {
    rate_limiter limiter(2);
    limiter.take("ada", 10, 10, 60'000);

    CHECK_FALSE(limiter.take("ada", 1, 10, 30'000).is_allowed);
  }
}
