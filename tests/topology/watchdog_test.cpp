#include "topology/watchdog.hpp"

#include <doctest/doctest.h>

#include <vector>

using laurel::topology::watchdog;

namespace {

/// A watchdog without a thread, and what it asks.
struct kennel {
  std::vector<std::function<void()>> questions;
  std::vector<std::string> bites;
  watchdog dog{
    {.ask = [this](std::function<void()> heard) { questions.push_back(std::move(heard)); },
     .on_stuck = [this](const std::string& reason) { bites.push_back(reason); },
     .interval = std::chrono::milliseconds{0},
     .misses_max = 3}};
};

} // namespace

TEST_SUITE("watchdog") {
  TEST_CASE("leaves a process alone that answers, however late within its patience") {
    kennel at;
    for (int look = 0; look < 100; ++look) {
      CHECK(!at.dog.look());
      if (look % 3 == 2)
        at.questions.back()();
    }
    CHECK(at.bites.empty());
  }

  TEST_CASE("ends a process that has not answered so many times in a row") {
    kennel at;

    CHECK(!at.dog.look());
    at.questions.back()();
    for (int look = 0; look < 3; ++look)
      CHECK(!at.dog.look());
    CHECK(at.dog.look());

    REQUIRE(at.bites.size() == 1);
    CHECK(at.bites[0].find("have not moved") != std::string::npos);
  }

  TEST_CASE("an answer to an old question counts, and one after its end does no harm") {
    std::function<void()> late;
    {
      kennel at;
      CHECK(!at.dog.look());
      CHECK(!at.dog.look());
      at.questions.front()();
      late = at.questions.back();
      CHECK(!at.dog.look());
      CHECK(!at.dog.look());
      CHECK(!at.dog.look());
    }
    late();
  }
}
