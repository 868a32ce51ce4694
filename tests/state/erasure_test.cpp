#include "schemas/decision_codec.hpp"
#include "state/erasure.hpp"
#include "state/storage/memory_store.hpp"

#include "tests/state/story.hpp"

#include <doctest/doctest.h>

#include <algorithm>

using namespace laurel;
using namespace laurel::tests;
using schemas::command;
using schemas::command_kind;
using schemas::decision_kind;
using state::event_fate;

namespace {

constexpr std::int64_t hour = 3'600'000;
constexpr std::int64_t day = 24 * hour;

const std::string regular =
  R"({"id":"regular","badge":"Regular","on":["checkin"],"when":{"ge":[{"agg":{"f":"count"}},1]}})";
const std::string explorer =
  R"({"id":"explorer","badge":"Explorer","on":["checkin"],
      "when":{"ge":[{"agg":{"f":"distinct","of":{"var":"event.place"}}},500]}})";
const std::string each_place =
  R"({"id":"place","badge":"Local","on":["checkin"],"key":["place"],
      "when":{"ge":[{"agg":{"f":"count"}},2]}})";
const std::string lively =
  R"({"id":"lively","badge":"Lively","on":["checkin"],"policy":{"revoke":"maintained"},
      "when":{"ge":[{"agg":{"f":"count","win":{"last":"P30D"}}},3]}})";

/// A user with rows of every kind: sealed segments, a large set, instances of their own, a timer,
/// outcomes of commands.
story well_known() {
  story user(rules_of({regular, explorer, each_place, lively}));
  for (int i = 0; i < 200; ++i) {
    told visit{"e" + std::to_string(i), "checkin", i * hour};
    visit.attributes = {{"place", "place " + std::to_string(i)}};
    user.tell({visit});
  }
  command granted;
  granted.id = "g";
  granted.badge_id = "By Hand";
  granted.at = {200 * hour};
  user.ask(granted);
  return user;
}

command erase_at(std::int64_t at, const std::string& id = "forget") {
  command what;
  what.id = id;
  what.kind = command_kind::erase;
  what.at = {at};
  return what;
}

bool has_row(const story& user, char kind) {
  const auto prefix = state::user_prefix("ann") + kind;
  return std::any_of(user.rows().begin(), user.rows().end(),
                     [&](const auto& each) { return each.first.starts_with(prefix); });
}

std::size_t held(const story& user) {
  return static_cast<std::size_t>(
    std::count_if(user.decided().begin(), user.decided().end(),
                  [](const auto& each) { return schemas::state_of(each.second) == "held"; }));
}

} // namespace

TEST_SUITE("erasure") {
  TEST_CASE("every row of the user goes, and one that does not name the user stays") {
    auto user = well_known();
    user.store();
    REQUIRE(user.rows().size() > 150);
    REQUIRE(user.timer());
    for (const auto kind : {'c', 'd', 'i', 'o', 's'}) // Rows of every kind there is.
      CHECK_MESSAGE(has_row(user, kind), kind);

    const auto outcome = user.ask(erase_at(300 * hour));

    CHECK(outcome.problem.empty());
    REQUIRE(user.rows().size() == 1);
    const auto& [key, value] = *user.rows().begin();
    CHECK(state::is_erased_key(key));
    CHECK(key.find("ann") == std::string::npos);
    CHECK(value.find("ann") == std::string::npos);
    CHECK_FALSE(user.timer());
    CHECK(state::decode_erased(value)->erased_at == 300 * hour);
  }

  TEST_CASE("also what is not stored yet goes") {
    story user(rules_of({regular, explorer, each_place, lively}));
    for (int i = 0; i < 100; ++i) {
      told visit{"e" + std::to_string(i), "checkin", i * hour};
      visit.attributes = {{"place", "place " + std::to_string(i)}};
      user.tell({visit});
    }
    user.ask(erase_at(300 * hour));
    CHECK(user.rows().size() == 1);
  }

  TEST_CASE("who follows the grants is told that all have ended") {
    auto user = well_known();
    REQUIRE(held(user) == 3); // Regular, Lively, By Hand.
    user.ask(erase_at(300 * hour));
    CHECK(held(user) == 0);
    for (const auto& [id, last] : user.decided()) {
      CHECK(last.kind == decision_kind::revoked);
      CHECK(last.revoke_cause == "forget");
    }
  }

  TEST_CASE("what is of before does not bring the user back") {
    auto user = well_known();
    user.ask(erase_at(300 * hour));

    const auto out = user.tell({{"e1", "checkin", 1 * hour}, {"new", "checkin", 300 * hour}});

    CHECK(out.fates == std::vector{event_fate::erased, event_fate::erased});
    CHECK(out.decisions.empty());
    user.reload();
    CHECK(user.rows().size() == 1);
  }

  TEST_CASE("nor does what another clock had said was later than the erasure") {
    auto user = well_known();
    user.tell({{"late clock", "checkin", 301 * hour}});
    user.ask(erase_at(300 * hour));
    CHECK(user.tell({{"late clock", "checkin", 301 * hour}}).fates
          == std::vector{event_fate::erased});
  }

  TEST_CASE("a new life begins afterwards, and remembers only that it is one") {
    auto user = well_known();
    user.ask(erase_at(300 * hour));

    user.tell({{"e1000", "checkin", 310 * hour}});
    user.reload();

    CHECK(held(user) == 1); // Regular, anew.
    CHECK(user.tell({{"e1", "checkin", 1 * hour}}).fates == std::vector{event_fate::erased});
    const auto view = state::view_user("ann", user.row_list(), user.rules());
    CHECK(view->has_state);
    CHECK(view->erased_at == schemas::event_time{300 * hour});
    CHECK(view->badges.size() == 1);

    user.ask(erase_at(320 * hour, "again"));
    CHECK(user.rows().size() == 1);
    CHECK(held(user) == 0);
  }

  TEST_CASE("a repeat is answered as the first was, also in a new life") {
    auto user = well_known();
    const auto first = user.ask(erase_at(300 * hour));
    CHECK(user.is_repeat(erase_at(305 * hour)));
    user.tell({{"e1000", "checkin", 310 * hour}});
    CHECK(user.is_repeat(erase_at(315 * hour)));
    CHECK(user.ask(erase_at(316 * hour)).at == first.at);
    CHECK(held(user) == 1);
  }

  TEST_CASE("a user without state can be erased, and shows nothing") {
    story user(rules_of({regular}));
    user.ask(erase_at(5 * hour));
    CHECK(user.tell({{"e1", "checkin", 1 * hour}}).fates == std::vector{event_fate::erased});
    const auto view = state::view_user("ann", user.row_list(), user.rules());
    CHECK_FALSE(view->has_state);
    CHECK(view->badges.empty());
    CHECK(view->progress.empty());
  }

  TEST_CASE("events and an erasure between them may come in one call") {
    story user(rules_of({regular}));
    const event_list all({{"e1", "checkin", 1 * hour}, {"e2", "checkin", 10 * hour}},
                         *user.rules().book);
    auto asked = erase_at(5 * hour);
    schemas::event between;
    between.id = asked.id;
    between.at = asked.at;
    between.from = schemas::input::command;
    between.order = &asked;
    state::user_machine machine("ann");
    const std::vector<const schemas::event*> events{all.events()[0], &between, all.events()[1]};

    const auto out = machine.apply(events, user.rules(), {});

    CHECK(out.fates == std::vector(3, event_fate::applied));
    REQUIRE(out.decisions.size() == 3);
    CHECK(out.decisions[1].kind == decision_kind::revoked);
    CHECK(out.decisions[2].granted_at.ms == 10 * hour);
    CHECK(machine.is_stored() == false); // Until its changes are taken.
    const auto rows = machine.changes();
    CHECK(machine.is_stored());
    const auto core = std::find_if(rows.begin(), rows.end(), [](const state::row& each) {
      return each.key == state::core_key("ann");
    });
    REQUIRE(core != rows.end());
    CHECK(core->value.has_value());
  }

  TEST_CASE("a store finds who was erased by the secret, and nobody without it") {
    state::memory_store store;
    const state::erased_user who{7, {}};
    const std::vector<state::row> rows{
      {state::erased_key("ann", erasure_secret), state::encode(who)}};
    REQUIRE(store.apply(rows, 1).has_value());
    const std::vector<std::string> ids{"ann", "bob"};

    const auto found = state::read_users(store, ids, erasure_secret);
    CHECK((*found)[0] == rows);
    CHECK((*found)[1].empty());
    CHECK(state::read_users(store, ids, "")->front().empty());
    CHECK(state::read_users(store, ids, std::string(32, 'x'))->front().empty());
  }

  TEST_CASE("a damaged row is an error") {
    CHECK_FALSE(state::decode_erased("\x08").has_value());
  }
}
