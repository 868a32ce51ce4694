#include "actors/answer_sheet.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <thread>
#include <vector>

namespace laurel::actors {

namespace {

user_effects effects_of(std::uint32_t group) {
  user_effects effects;
  effects.applied = group + 1;
  return effects;
}

} // namespace

TEST_SUITE("answer_sheet") {
  TEST_CASE("only the last answer completes it") {
    answer_sheet sheet{3, 3};
    CHECK_FALSE(sheet.write(2, effects_of(2)));
    CHECK_FALSE(sheet.write(0, effects_of(0)));
    CHECK(sheet.write(1, effects_of(1)));
    for (std::uint32_t group = 0; group < 3; ++group)
      CHECK(sheet.all()[group].applied == group + 1);
  }

  TEST_CASE("who is not asked is not waited for, and leaves an empty place") {
    answer_sheet sheet{3, 2};
    CHECK_FALSE(sheet.write(0, effects_of(0)));
    CHECK(sheet.write(2, effects_of(2)));
    CHECK(sheet.all()[1].applied == 0);
  }

  TEST_CASE("threads that write at once leave exactly one last") {
    constexpr std::uint32_t groups = 4'096;
    constexpr std::uint32_t writers = 4;
    answer_sheet sheet{groups, groups};
    std::atomic<int> last{0};
    std::uint64_t seen = 0; // Written by whoever is last: what all the others wrote is visible.
    std::vector<std::jthread> threads;
    for (std::uint32_t writer = 0; writer < writers; ++writer)
      threads.emplace_back([&, writer] {
        for (auto group = writer; group < groups; group += writers) {
          if (!sheet.write(group, effects_of(group)))
            continue;
          ++last;
          for (const auto& each : sheet.all())
            seen += each.applied;
        }
      });
    threads.clear();
    CHECK(last == 1);
    CHECK(seen == std::uint64_t{groups} * (groups + 1) / 2);
  }
}

} // namespace laurel::actors
