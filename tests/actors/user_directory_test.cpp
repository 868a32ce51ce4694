#include "actors/user_directory.hpp"

#include <doctest/doctest.h>

using namespace laurel::actors;

TEST_SUITE("user directory") {
  TEST_CASE("gives a user the same slot for as long as it stays") {
    user_directory users{10};

    const auto first = users.find_or_add("ann");

    CHECK(users.find_or_add("bob") != first);
    CHECK(users.find_or_add("ann") == first);
    CHECK(users.size() == 2);
  }

  TEST_CASE("puts the users to sleep that were used longest ago") {
    user_directory users{2};
    for (const auto* id : {"ann", "bob", "cem"})
      users.touch(users.find_or_add(id));
    users.touch(users.find_or_add("ann"));

    users.evict(0);

    CHECK(users.size() == 2);
    CHECK(users.at(users.find_or_add("ann")).newer == user_directory::none);
    CHECK(users.at(users.find_or_add("cem")).user_id == "cem");
    CHECK(users.size() == 2); // Bob was the one to go.
  }

  TEST_CASE("keeps a user awake whose effects are not committed") {
    user_directory users{0};
    const auto slot = users.find_or_add("ann");
    users.touch(slot);
    users.at(slot).last_window = 5;

    users.evict(4);
    CHECK(users.size() == 1);
    users.evict(5);
    CHECK(users.size() == 0);
  }

  TEST_CASE("keeps a user awake who has events in flight or is loading") {
    user_directory users{0};
    const auto slot = users.find_or_add("ann");
    users.touch(slot);

    users.at(slot).in_flight = 1;
    users.evict(9);
    CHECK(users.size() == 1);
    users.at(slot).in_flight = 0;
    users.at(slot).loading = true;
    users.evict(9);
    CHECK(users.size() == 1);
  }

  TEST_CASE("uses a slot again without a trace of who had it") {
    user_directory users{0};
    const auto slot = users.find_or_add("ann");
    users.touch(slot);
    users.at(slot).last_round = 77;
    users.evict(0);

    const auto again = users.find_or_add("bob");

    CHECK(again == slot);
    CHECK(users.at(again).last_round == 0);
    CHECK(users.at(again).user_id == "bob");
  }
}
