#include "state/timer.hpp"

#include "tests/state/story.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <limits>

using namespace laurel;
using namespace laurel::tests;
using state::timer;

namespace {

constexpr std::int64_t hour = 3'600'000;

const std::string busy = R"({"id":"busy","badge":"Busy","on":["checkin"],
  "policy":{"revoke":"maintained"},
  "when":{"ge":[{"agg":{"f":"count","win":{"last":"PT10H"}}},2]}})";

} // namespace

TEST_SUITE("timers") {
  TEST_CASE("a key says when and who, and keys sort by time") {
    const std::vector<timer> all{{{std::numeric_limits<std::int64_t>::min()}, "z"},
                                 {{-5}, "b"},
                                 {{0}, "a"},
                                 {{0}, "b"},
                                 {{1'767'225'600'000}, std::string("\0x", 2)},
                                 {{std::numeric_limits<std::int64_t>::max()}, "a"}};
    std::vector<std::string> keys;
    for (const auto& one : all) {
      keys.push_back(state::timer_key(one));
      CHECK(state::timer_of(keys.back()) == one);
      CHECK(state::user_of(keys.back()).empty());
    }

    CHECK(std::is_sorted(keys.begin(), keys.end()));
    CHECK_FALSE(state::timer_of(state::core_key("ann")));
    CHECK_FALSE(state::timer_of(state::meta_key));
    CHECK_FALSE(state::timer_of(std::string(10, '\0')));
  }

  TEST_CASE("a user is woken when the first of the window leaves it") {
    story user(rules_of({busy}));

    user.tell({checkin("a", 0)});
    user.store();
    CHECK_FALSE(user.timer()); // Nothing is held that time could take away.
    user.tell({checkin("b", hour)});
    user.store();

    CHECK(user.timer() == 10 * hour);
  }

  TEST_CASE("what puts it off leaves the timer, which then sets the next one") {
    story user(rules_of({busy}));
    user.tell({checkin("a", 0), checkin("b", hour)});
    user.store();
    const auto rows = user.rows_written();
    user.tell({checkin("c", 2 * hour)});
    user.store();
    CHECK(user.rows_written() == rows + 1); // The core record alone.
    user.reload();

    const auto first = user.advance(*user.timer());
    user.store();

    CHECK(first.decisions.empty());
    CHECK(user.timer() == 11 * hour);
    CHECK(user.advance(11 * hour).decisions.size() == 1);
    user.store();
    CHECK_FALSE(user.timer());
    CHECK(user.lines()
          == std::vector<std::string>{"busy Busy [] 1 3600000 b until 39600000 window_end"});
  }

  TEST_CASE("the earliest of several counts, after a reload too") {
    const auto longer = [] {
      auto text = busy;
      text.replace(text.find("\"busy\""), 6, "\"long\"");
      text.replace(text.find("PT10H"), 5, "PT20H");
      return text;
    }();
    story user(rules_of({longer, busy}));
    user.tell({checkin("a", 0), checkin("b", hour)});
    user.reload();
    CHECK(user.timer() == 10 * hour);

    user.advance(10 * hour);
    user.reload();

    CHECK(user.timer() == 20 * hour);
  }

  TEST_CASE("a rule that time cannot change sets none") {
    story user(rules_of({R"({"id":"three","badge":"T","on":["checkin"],
      "when":{"ge":[{"agg":{"f":"count","win":{"last":"PT10H"}}},2]}})"}));

    user.tell({checkin("a", 0), checkin("b", hour)});
    user.store();

    CHECK_FALSE(user.timer());
    CHECK(user.rows().size() == 1);
  }

  TEST_CASE("another version of a rule wakes the user to see what is due under it") {
    auto shorter = busy;
    shorter.replace(shorter.find(",2]"), 3, ",1]");
    story user(rules_of({busy}));
    user.tell({checkin("a", 0)});
    user.change_rules(rules_of({shorter}));
    user.tell({{"other", "share", hour}});
    user.store();

    CHECK(user.timer() == 0); // At once, by the user's own clock.
    user.advance(hour);
    user.store();
    CHECK_FALSE(user.timer()); // Nothing is held under it yet.
  }
}
