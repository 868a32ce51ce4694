#include "schemas/command_codec.hpp"
#include "schemas/decision_codec.hpp"
#include "state/erasure.hpp"

#include "tests/support/pipeline_world.hpp"

#include <doctest/doctest.h>

#include <algorithm>

using namespace laurel;
using namespace laurel::actors;
using tests::pipeline_world;

namespace {

constexpr std::int64_t first_second_ms = 1'767'225'600'000; // Of 2026.

struct erasing_world : pipeline_world {
  erasing_world() {
    context.settings.erasure_secret = std::string(state::erasure_secret_bytes_min, 's');
    publish(count_rule("two", "checkin", 2));
  }

  void erase(const std::string& user, std::int64_t second, const std::string& id = "forget") {
    schemas::command asked;
    asked.id = id;
    asked.user_id = user;
    asked.kind = schemas::command_kind::erase;
    asked.at = {first_second_ms + second * 1000};
    log.append(schemas::input::command, user, encode(asked));
  }

  /// Rows that the changelog says there are, and that name the user.
  std::size_t rows_of(const std::string& user) const {
    std::map<std::string, bool> is_there;
    for (const auto& row : log.changelog)
      is_there[row.key] = row.value.has_value();
    return static_cast<std::size_t>(
      std::count_if(is_there.begin(), is_there.end(), [&](const auto& each) {
        return each.second && each.first.find(user) != std::string::npos;
      }));
  }
};

} // namespace

TEST_SUITE("erasure of users") {
  TEST_CASE("store and changelog forget the user in the commit of the command") {
    erasing_world world;
    world.checkin("ann", 1);
    world.checkin("bob", 1);
    world.checkin("ann", 2);
    world.run_until_idle();
    REQUIRE(world.rows_of("ann") > 0);
    REQUIRE(world.meta().counters.users == 2);

    world.erase("ann", 10);
    world.run_until_idle();

    CHECK(world.rows_of("ann") == 0);
    CHECK(world.rows_of("bob") > 0);
    for (const auto& [key, value] : world.stores.store->rows())
      CHECK(key.find("ann") == std::string::npos);
    const auto counters = world.meta().counters;
    CHECK(counters.users == 1);
    CHECK(counters.erased_users == 1);
    CHECK(counters.applied == 4); // The command too.
    REQUIRE(world.outputs_to(output::grants) == 2);
    const auto last = schemas::decode_decision(world.log.outputs.back().value).value();
    CHECK(last.kind == schemas::decision_kind::revoked);
    CHECK(last.revoke_cause == "forget");
  }

  TEST_CASE("events of before are dropped and counted, also by who takes over") {
    erasing_world world;
    world.checkin("ann", 1);
    world.erase("ann", 10);
    world.run_until_idle();
    world.restart();
    world.checkin("ann", 1);
    world.checkin("ann", 2);
    world.run_until_idle();

    CHECK(world.rows_of("ann") == 0);
    auto counters = world.meta().counters;
    CHECK(counters.erased == 2);
    CHECK(counters.users == 0);

    world.checkin("ann", 11);
    world.run_until_idle();
    counters = world.meta().counters;
    CHECK(counters.users == 1);
    CHECK(counters.erased_users == 1);
    CHECK(world.rows_of("ann") > 0);

    world.restart();
    world.checkin("ann", 3);
    world.erase("ann", 20, "again");
    world.run_until_idle();
    counters = world.meta().counters;
    CHECK(counters.erased == 3);
    CHECK(counters.erased_users == 1);
    CHECK(counters.users == 0);
    CHECK(world.rows_of("ann") == 0);
  }

  TEST_CASE("without a secret the user is parked, and erased once there is one") {
    erasing_world world;
    const auto secret = std::exchange(world.context.settings.erasure_secret, "");
    world.checkin("ann", 1);
    world.erase("ann", 10);
    world.run_until_idle();

    REQUIRE(world.status().parked.size() == 1);
    CHECK(world.status().parked[0].reason.find("erasure.secret") != std::string::npos);

    world.context.settings.erasure_secret = secret;
    world.restart();
    world.run_until_idle();
    CHECK(world.unpark("ann").problem.empty());
    world.run_until_idle();
    CHECK(world.rows_of("ann") == 0);
    CHECK(world.meta().counters.erased_users == 1);
  }
}
