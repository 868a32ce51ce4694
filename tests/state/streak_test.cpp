#include "state/streak.hpp"

#include "tests/state/story.hpp"

#include <doctest/doctest.h>

using namespace laurel;
using namespace laurel::tests;

namespace {

constexpr std::int64_t day = 86'400'000;

std::string rule(const std::string& streak, int length) {
  return R"({"id":"s","badge":"S","on":["run","freeze"],"policy":{"revoke":"maintained"},
             "when":{"ge":[{"streak":)"
         + streak + "}," + std::to_string(length) + "]}}";
}

/// Runs on these days of 1970, each an event with its minutes.
std::vector<told> runs(std::initializer_list<int> days, std::int64_t minutes = 10) {
  std::vector<told> out;
  for (const auto number : days) {
    told one{"r" + std::to_string(number) + "-" + std::to_string(minutes), "run", number * day};
    one.attributes.emplace_back("minutes", minutes);
    out.push_back(one);
  }
  return out;
}

} // namespace

TEST_SUITE("streak") {
  TEST_CASE("a freeze in store keeps it, and is used up") {
    story user(rules_of({rule(R"({"unit":"day","freezes":{"max":2,"event":"freeze"}})", 3)}));

    user.tell({{"f", "freeze", 0}});
    user.tell(runs({1, 2, 4, 7}));
    user.advance(20 * day);

    CHECK(user.lines()
          == std::vector<std::string>{"s S [] 1 345600000 r4-10 until 518400000 window_end"});
  }

  TEST_CASE("no more freezes are kept than the rule allows") {
    story user(rules_of({rule(R"({"unit":"day","freezes":{"max":1,"event":"freeze"}})", 2)}));

    user.tell({{"f", "freeze", 0}, {"g", "freeze", 1}});
    user.tell(runs({1, 4}));

    CHECK(user.lines().empty());
  }

  TEST_CASE("a unit counts once it comes to the least that is asked") {
    story user(rules_of({rule(
      R"({"unit":"day","min":{"agg":{"f":"sum","of":{"var":"event.minutes"}},"ge":15}})", 2)}));

    user.tell(runs({1, 2, 3}));
    CHECK(user.lines().empty());
    user.tell(runs({2, 3}, 5)); // The first of them is late.

    CHECK(user.lines() == std::vector<std::string>{"s S [] 1 259200000 r3-5"});
  }

  TEST_CASE("the longest stays when the current one breaks") {
    story user(rules_of({rule(R"({"unit":"day","mode":"longest"})", 3)}));

    user.tell(runs({1, 2, 3, 9}));
    user.advance(30 * day);

    CHECK(user.lines() == std::vector<std::string>{"s S [] 1 259200000 r3-10"});
  }

  TEST_CASE("weeks begin on Monday, and one that is not over breaks nothing") {
    story user(rules_of({rule(R"({"unit":"week"})", 2)}));

    user.tell(runs({3, 4, 20})); // Sunday, Monday; then a week is missed.
    user.advance(40 * day);

    CHECK(user.lines()
          == std::vector<std::string>{"s S [] 1 345600000 r4-10 until 1555200000 window_end"});
  }

  TEST_CASE("remembers what it has walked when its days are gone") {
    const std::string saver = R"({"unit":"day","freezes":{"max":9,"event":"freeze"}})";
    story user(rules_of({rule(saver, 30)}));
    user.set_horizon(2 * day);

    user.tell({{"f", "freeze", 0}});
    for (int number = 1; number <= 31; ++number) {
      if (number != 12)
        user.tell(runs({number}));
      user.reload();
    }

    CHECK(user.lines() == std::vector<std::string>{"s S [] 1 2678400000 r31-10"});
  }
}
