#include "actors/commit_pace.hpp"

#include <doctest/doctest.h>

using laurel::actors::commit_pace;
using namespace std::chrono_literals;

TEST_SUITE("commit pace") {
  TEST_CASE("is the least interval while nothing is known, and while commits are quick") {
    commit_pace pace;
    CHECK(pace.interval(10ms, 100ms) == 10ms);

    for (int i = 0; i < 100; ++i)
      pace.note(1ms);

    CHECK(pace.interval(10ms, 100ms) == 10ms);
  }

  TEST_CASE("leaves a busy log four times as long as a commit takes") {
    commit_pace pace;

    for (int i = 0; i < 100; ++i)
      pace.note(8ms);

    CHECK(pace.interval(10ms, 100ms) > 39ms);
    CHECK(pace.interval(10ms, 100ms) <= 40ms);
  }

  TEST_CASE("does not follow one slow commit, and never goes beyond the greatest interval") {
    commit_pace pace;
    for (int i = 0; i < 100; ++i)
      pace.note(2ms);

    pace.note(18ms);
    CHECK(pace.interval(10ms, 100ms) < 21ms);

    for (int i = 0; i < 100; ++i)
      pace.note(1s);
    CHECK(pace.interval(10ms, 100ms) == 100ms);
  }

  TEST_CASE("recovers when the log does") {
    commit_pace pace;
    for (int i = 0; i < 100; ++i)
      pace.note(1s);

    for (int i = 0; i < 100; ++i)
      pace.note(1ms);

    CHECK(pace.interval(10ms, 100ms) == 10ms);
  }
}
