#include "actors/dead_letter_breaker.hpp"

#include <doctest/doctest.h>

using laurel::actors::dead_letter_breaker;

TEST_SUITE("dead letter breaker") {
  TEST_CASE("lets single bad records pass, however many there are over time") {
    dead_letter_breaker breaker{{.run_max = 100, .window = 200, .share_percent = 50}};

    for (int round = 0; round < 1'000; ++round)
      CHECK(!breaker.on_round(50, 24));
  }

  TEST_CASE("trips at a run without one good record, also over several rounds") {
    dead_letter_breaker breaker{{.run_max = 100, .window = 1'000, .share_percent = 50}};

    CHECK(!breaker.on_round(99, 99));
    CHECK(!breaker.on_round(10, 9)); // A good record: the run begins anew.
    CHECK(!breaker.on_round(99, 99));
    CHECK(breaker.on_round(1, 1));
  }

  TEST_CASE("trips when half of a window is dead letters") {
    dead_letter_breaker breaker{{.run_max = 1'000, .window = 100, .share_percent = 50}};

    CHECK(!breaker.on_round(60, 59));
    CHECK(breaker.on_round(60, 1));
  }

  TEST_CASE("a window that was good says nothing about the next") {
    dead_letter_breaker breaker{{.run_max = 1'000, .window = 100, .share_percent = 50}};

    CHECK(!breaker.on_round(100, 0));
    CHECK(breaker.on_round(100, 50));
  }

  TEST_CASE("begins anew after a pause") {
    dead_letter_breaker breaker{{.run_max = 10, .window = 100, .share_percent = 50}};
    CHECK(!breaker.on_round(9, 9));

    breaker.reset();

    CHECK(!breaker.on_round(9, 9));
    CHECK(breaker.on_round(1, 1));
  }
}
