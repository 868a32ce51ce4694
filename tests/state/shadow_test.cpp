#include "state/rules/rule_book.hpp"

#include "tests/state/story.hpp"

#include <doctest/doctest.h>

#include <algorithm>

using namespace laurel;
using namespace laurel::tests;

namespace {

constexpr std::int64_t hour = 3'600'000;

std::string count_rule(const std::string& id, int limit) {
  return R"({"id":")" + id + R"(","badge":")" + id
         + R"(","on":["checkin"],"when":{"ge":[{"agg":{"f":"count"}},)" + std::to_string(limit)
         + "]}}";
}

/// Rules in force, and one that is tried beside them from `from` on.
state::rules::active_rules with_shadow(const std::vector<std::string>& documents,
                                       const std::string& tried, std::int64_t from = 0) {
  auto rules = rules_of(documents).book->rules();
  auto compiled = state::rules::compile_rule(tried);
  REQUIRE(compiled.rule != nullptr);
  rules.push_back(state::rules::shadow_of(*compiled.rule));
  state::rules::active_rules made;
  made.effective_from.assign(rules.size(), schemas::event_time{from});
  made.book = std::make_shared<const state::rules::rule_book>(std::move(rules));
  return made;
}

schemas::command revoke(const std::string& badge, std::int64_t at) {
  schemas::command what;
  what.id = "c-" + badge;
  what.kind = schemas::command_kind::revoke;
  what.at = {at};
  what.badge_id = badge;
  return what;
}

} // namespace

TEST_SUITE("shadow") {
  TEST_CASE("what a rule that is tried would decide is told apart, under its document's id") {
    story user(with_shadow({count_rule("two", 2)}, count_rule("two", 1)));

    const auto first = user.tell({checkin("c1", hour)});
    const auto second = user.tell({checkin("c2", 2 * hour)});

    CHECK(first.decisions.empty());
    REQUIRE(first.trials.size() == 1);
    CHECK(first.trials[0].rule_id == "two");
    CHECK(first.trials[0].badge_id == "two");
    CHECK(second.decisions.size() == 1);
    CHECK(second.trials.empty());
    CHECK(second.decisions[0].grant_id != first.trials[0].grant_id);
  }

  TEST_CASE("what is only tried is not held, shown, looked at or revoked") {
    const std::string looks =
      R"({"id":"looks","badge":"Looks","on":["checkin"],"when":{"has":{"badge":"one"}}})";
    const auto rules = with_shadow({looks}, count_rule("one", 1));
    story user(rules);

    const auto won = user.tell({checkin("c1", hour)});
    user.store();
    const auto view = state::view_user("ann", user.row_list(), rules);

    CHECK(won.trials.size() == 1);
    CHECK(won.decisions.empty()); // "looks" sees no badge.
    REQUIRE(view.has_value());
    CHECK(view->badges.empty());
    REQUIRE(view->progress.size() == 1);
    CHECK(view->progress[0].rule_id == "looks");
    CHECK(user.ask(revoke("one", 2 * hour)).problem == "not-found");
  }

  TEST_CASE("a rule that is tried sees what is held") {
    const std::string looks =
      R"({"id":"looks","badge":"Looks","on":["checkin"],"when":{"has":{"badge":"one"}}})";
    story user(with_shadow({count_rule("one", 1)}, looks));

    const auto won = user.tell({checkin("c1", hour)});

    CHECK(won.decisions.size() == 1);
    REQUIRE(won.trials.size() == 1);
    CHECK(won.trials[0].badge_id == "Looks");
  }

  TEST_CASE("events that a tried rule would emit reach nobody") {
    const std::string takes =
      R"({"id":"takes","badge":"T","on":["seen"],"when":{"ge":[{"agg":{"f":"count"}},1]}})";
    const std::string emits = R"({"id":"emits","emit":{"type":"seen"},"on":["checkin"],)"
                              R"("when":{"ge":[{"agg":{"f":"count"}},1]}})";
    story user(with_shadow({takes}, emits));

    const auto won = user.tell({checkin("c1", hour)});

    CHECK(won.decisions.empty());
    REQUIRE(won.trials.size() == 1);
    CHECK(won.trials[0].badge_id == "seen");
  }

  TEST_CASE(
    "a trial that is over leaves nothing behind, and another version begins without a past") {
    story user(with_shadow({count_rule("five", 5)}, count_rule("tried", 1)));
    user.tell({checkin("c1", hour)});
    user.reload();
    const auto holds_it = [&] {
      return std::any_of(user.rows().begin(), user.rows().end(), [](const auto& row) {
        return row.second.find("tried@shadow") != std::string::npos;
      });
    };
    CHECK(holds_it());

    SUBCASE("over") {
      user.change_rules(rules_of({count_rule("five", 5)}));
      user.tell({checkin("c2", 2 * hour)});
      user.store();
      CHECK_FALSE(holds_it());
    }
    SUBCASE("another version, with the same aggregates") {
      user.change_rules(with_shadow({count_rule("five", 5)}, count_rule("tried", 2)));
      CHECK(user.tell({checkin("c2", 2 * hour)}).trials.empty());
      user.reload();
      const auto won = user.tell({checkin("c3", 3 * hour)});
      REQUIRE(won.trials.size() == 1);
      CHECK(won.trials[0].n == 1);
      CHECK(won.trials[0].cause == "c3");
    }
  }

  TEST_CASE("a trial with many keys in rows of their own is taken away whole") {
    const std::string keyed =
      R"({"id":"keyed","badge":"K ${0}","on":["checkin"],"key":["place"],)"
      R"("when":{"ge":[{"agg":{"f":"distinct","of":{"var":"event.dish"}}},1]}})";
    story user(with_shadow({count_rule("five", 5)}, keyed));
    for (int i = 0; i < 300; ++i) {
      auto event = checkin("c" + std::to_string(i), hour + i);
      event.attributes = {{"place", "p" + std::to_string(i % 3)},
                          {"dish", "d" + std::to_string(i)}};
      user.tell({event});
    }
    user.store();
    const auto many = user.rows().size();
    user.reload();
    user.change_rules(rules_of({count_rule("five", 5)}));
    user.tell({checkin("last", 2 * hour)});
    user.store();

    CHECK(many > 100);
    for (const auto& [key, value] : user.rows())
      CHECK(key.find("@shadow") == std::string::npos);
    user.reload();
    CHECK(user.tell({checkin("once more", 3 * hour)}).trials.empty());
  }

  TEST_CASE("a version that comes into force goes on with what its trial has counted") {
    story user(with_shadow({}, count_rule("two", 2)));
    user.tell({checkin("c1", hour), checkin("c2", 2 * hour)}); // The trial would grant it.
    SUBCASE("at once") {}
    SUBCASE("stored meanwhile") {
      user.reload();
    }

    user.change_rules(rules_of({count_rule("two", 2)}));
    const auto won = user.tell({checkin("c3", 3 * hour)});

    CHECK(won.trials.empty());
    REQUIRE(won.decisions.size() == 1);
    CHECK(won.decisions[0].cause == "c3"); // Judged from then on.
    CHECK(won.decisions[0].n == 1);
    CHECK(won.decisions[0].kind == schemas::decision_kind::granted);
  }

  TEST_CASE("holders keep what they have when a trial that counts otherwise comes into force") {
    const std::string now =
      R"({"id":"r","badge":"R","on":["checkin"],"policy":{"revoke":"maintained"},)"
      R"("when":{"ge":[{"agg":{"f":"count"}},1]}})";
    const std::string next =
      R"({"id":"r","badge":"R","on":["checkin"],"key":["place"],"policy":{"revoke":"maintained"},)"
      R"("when":{"ge":[{"agg":{"f":"distinct","of":{"var":"event.dish"}}},200]}})";
    const auto dish = [](int i) {
      auto event = checkin("d" + std::to_string(i), hour + i);
      event.attributes = {{"place", std::string("p")}, {"dish", "d" + std::to_string(i)}};
      return event;
    };
    story user(with_shadow({now}, next));
    for (int i = 0; i < 199; ++i)
      user.tell({dish(i)});
    REQUIRE(user.lines().size() == 1);
    user.reload();

    user.change_rules(rules_of({next}));
    SUBCASE("at once") {}
    SUBCASE("stored meanwhile") {
      user.tell({checkin("x", 2 * hour)});
      user.reload();
    }
    const auto won = user.tell({[&] {
      auto event = dish(199);
      event.at = 3 * hour;
      return event;
    }()});

    REQUIRE(won.decisions.size() == 1); // Of the key; what was held before stays.
    CHECK(won.decisions[0].key == std::vector<std::string>{"p"});
    CHECK(user.lines().size() == 2);
    user.store();
    for (const auto& [key, value] : user.rows())
      CHECK(key.find("@shadow") == std::string::npos);
    user.reload();
    CHECK(user.tell({checkin("y", 4 * hour)}).decisions.empty());
  }

  TEST_CASE("who counts the same already goes on with that, not with the trial's counts") {
    story user(rules_of({count_rule("r", 5)}));
    user.tell({checkin("c1", hour), checkin("c2", 2 * hour), checkin("c3", 3 * hour)});
    user.change_rules(with_shadow({count_rule("r", 5)}, count_rule("r", 4)));
    CHECK(user.tell({checkin("c4", 4 * hour)}).trials.empty()); // The trial has seen one.

    user.change_rules(rules_of({count_rule("r", 4)}));

    CHECK(user.tell({checkin("c5", 5 * hour)}).decisions.size() == 1);
  }
}
