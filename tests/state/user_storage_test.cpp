#include "state/row.hpp"
#include "state/user_machine.hpp"
#include "state/user_store.hpp"

#include "tests/state/story.hpp"

#include <doctest/doctest.h>

#include <algorithm>

using namespace laurel;
using namespace laurel::tests;

// What a user leaves in the store: small core records, rows of their own for what is large, and a
// state that no reload can be told from.

namespace {

constexpr std::int64_t minute = 60'000;
constexpr std::int64_t day = 1'440 * minute;

const std::string each_post =
  R"({"id":"post","badge":"Post","on":["vote"],"key":["post"],"when":{"ge":[{"agg":{"f":"count"}},3]}})";
const std::string many_places =
  R"({"id":"places","badge":"Places","on":["checkin"],"policy":{"revoke":"maintained"},
      "when":{"ge":[{"agg":{"f":"distinct","of":{"var":"event.place"}}},100]}})";
const std::string hot =
  R"({"id":"hot","badge":"Hot","on":["checkin"],"policy":{"revoke":"maintained"},
      "when":{"ge":[{"agg":{"f":"count","win":{"last":"PT1H"}}},5]}})";

told event_of(const std::string& type, int i, const std::string& path, const std::string& what) {
  told out;
  out.id = type + std::to_string(i);
  out.type = type;
  out.at = 1'000'000 + i * minute;
  out.attributes.emplace_back(path, what);
  return out;
}

std::size_t core_size(const story& user) {
  return user.rows().at(state::core_key("ann")).size();
}

} // namespace

TEST_SUITE("user rows") {
  TEST_CASE("a user with many keys keeps a small core, and a vote writes few rows") {
    story user(rules_of({each_post}));
    for (int i = 0; i < 2'000; ++i) {
      user.tell(
        {event_of("vote", i, "post", "a-post-with-a-long-name-" + std::to_string(i % 500))});
      if (i % 7 == 0)
        user.store();
    }
    user.store();
    CHECK(core_size(user) <= 2'048);
    CHECK(user.rows().size() > 400);

    const auto before = user.rows_written();
    user.tell({event_of("vote", 2'000, "post", "a-post-with-a-long-name-7")});
    user.store();

    CHECK(user.rows_written() - before <= 3);
    CHECK(user.decided().size() == 500);
  }

  TEST_CASE("a large distinct set has a row an element, and survives reloads and retractions") {
    story kept(rules_of({many_places}));
    story reloaded(rules_of({many_places}));
    std::vector<told> all;
    for (int i = 0; i < 150; ++i)
      all.push_back(event_of("checkin", i, "place", "place-" + std::to_string(i)));
    for (int i = 0; i < 60; ++i) {
      auto undo = event_of("undo", 1'000 + i, "place", "");
      undo.retracts = all[static_cast<std::size_t>(i)].id;
      all.push_back(undo);
    }
    for (std::size_t i = 0; i < all.size(); ++i) {
      kept.tell({all[i]});
      reloaded.tell({all[i]});
      if (i % 13 == 0)
        reloaded.reload();
    }

    CHECK(kept.lines() == reloaded.lines());
    REQUIRE(kept.lines().size() == 1);
    CHECK(kept.lines()[0].find("until") != std::string::npos);
    reloaded.store();
    const auto elements =
      std::count_if(reloaded.rows().begin(), reloaded.rows().end(),
                    [](const auto& row) { return row.first.find("place-") != std::string::npos; });
    CHECK(elements == 90);
  }

  TEST_CASE("the same events give the same bytes, stored at once or piece by piece") {
    story at_once(rules_of({many_places, hot, each_post}));
    story in_pieces(rules_of({many_places, hot, each_post}));
    for (int i = 0; i < 40; ++i) {
      const auto one = event_of("checkin", i, "place", "place-" + std::to_string(i % 9));
      at_once.tell({one});
      in_pieces.tell({one});
      in_pieces.reload();
    }
    at_once.store();

    CHECK(at_once.rows() == in_pieces.rows());
  }

  TEST_CASE("history beyond the horizon is dropped, together with its rows") {
    story user(rules_of({many_places}));
    user.set_horizon(day);
    for (int i = 0; i < 1'000; ++i) {
      auto one = event_of("checkin", i, "place", "here");
      one.at = i * day / 100;
      user.tell({one});
      user.store();
    }

    // 100 events a day: those of the last day and of the segments that it begins and ends in.
    const auto segments =
      std::count_if(user.rows().begin(), user.rows().end(),
                    [](const auto& row) { return row.first.size() > 5 && row.first[5] == 's'; });
    CHECK(segments >= 1);
    CHECK(segments <= 6);
    user.reload();
    CHECK(user.tell({event_of("checkin", 5'000, "place", "x")}).fates[0]
          == state::event_fate::late);
  }

  TEST_CASE("a user who comes once a day keeps only the days of the horizon") {
    const std::string often =
      R"({"id":"often","badge":"Often","on":["checkin"],"when":{"ge":[{"agg":{"f":"count"}},40]}})";
    story user(rules_of({often}));
    user.set_horizon(2 * day);
    for (int i = 0; i < 20; ++i) {
      auto one = event_of("checkin", i, "place", "p");
      one.at = i * day;
      user.tell({one});
      if (i % 3 == 0)
        user.reload();
    }

    user.store();
    CHECK(core_size(user) < 180); // About 40 of state, 20 an event of seven at most.
    auto again = event_of("checkin", 18, "place", "p");
    again.at = 18 * day;
    CHECK(user.tell({again}).fates.front() == state::event_fate::duplicate);
    for (int i = 20; i < 40; ++i) {
      auto one = event_of("checkin", i, "place", "p");
      one.at = i * day;
      user.tell({one});
    }
    CHECK(user.lines().size() == 1);
  }

  TEST_CASE("a sliding window reaches back beyond the horizon") {
    story user(rules_of({R"({"id":"w","badge":"W","on":["checkin"],"policy":{"revoke":"maintained"},
      "when":{"ge":[{"agg":{"f":"count","win":{"last":"P30D"}}},300]}})"}));
    user.set_horizon(day);
    for (int i = 0; i < 300; ++i) {
      auto one = event_of("checkin", i, "place", "here");
      one.at = i * day / 11; // 300 in 27.3 days.
      user.tell({one});
      if (i % 50 == 0)
        user.reload();
    }
    REQUIRE(user.lines().size() == 1);
    user.reload();
    user.advance(60 * day);

    CHECK(user.lines()[0].find("until " + std::to_string(30 * day) + " window_end")
          != std::string::npos);
  }

  TEST_CASE("damaged rows are refused as corrupt") {
    story user(rules_of({each_post, many_places}));
    for (int i = 0; i < 200; ++i)
      user.tell({event_of("vote", i, "post", std::to_string(i)),
                 event_of("checkin", i, "place", std::to_string(i))});
    user.store();
    const auto rows = user.row_list();
    REQUIRE(state::user_machine::load("ann", rows).has_value());

    for (std::size_t i = 0; i < rows.size(); ++i) {
      auto without = rows;
      without.erase(without.begin() + static_cast<std::ptrdiff_t>(i));
      // The oldest segment may be gone: that is how history ends. One behind it may not.
      const bool is_inner_segment = rows[i].key.size() == 11 && rows[i].key[5] == 's'
                                    && rows[i].key.substr(7) != std::string(4, '\0');
      if (rows[i].key == state::core_key("ann") || is_inner_segment)
        CHECK_FALSE(state::user_machine::load("ann", without).has_value());
    }
    auto cut = rows;
    for (std::size_t size = 0; size < cut[0].value->size(); ++size) {
      cut[0].value = rows[0].value->substr(0, size);
      const auto loaded = state::user_machine::load("ann", cut);
      if (!loaded)
        CHECK(loaded.error().code == schemas::errc::corrupt);
    }
    CHECK_FALSE(state::user_machine::load("bob", rows).has_value());
  }
}

TEST_SUITE("rule changes") {
  const std::string counted =
    R"({"id":"r","badge":"B","on":["checkin"],"when":{"ge":[{"agg":{"f":"count"}},)";

  TEST_CASE("another threshold keeps the count") {
    story user(rules_of({counted + "5]}}"}));
    for (int i = 0; i < 3; ++i)
      user.tell({event_of("checkin", i, "place", "x")});
    user.reload();

    user.change_rules(rules_of({counted + "4]}}"}));
    user.tell({event_of("checkin", 10, "place", "x")});

    REQUIRE(user.lines().size() == 1);
    CHECK(user.lines()[0].find("checkin10") != std::string::npos);
  }

  TEST_CASE("other aggregates begin anew, and holders keep what they have") {
    story user(rules_of({counted + "2]}}"}));
    user.tell({event_of("checkin", 0, "place", "x"), event_of("checkin", 1, "place", "x")});
    const auto held = user.lines();
    REQUIRE(held.size() == 1);

    const std::string filtered =
      R"({"id":"r","badge":"B","on":["checkin"],"policy":{"revoke":"maintained"},
          "when":{"ge":[{"agg":{"f":"count","where":{"==":[{"var":"event.place"},"x"]}}},2]}})";
    user.change_rules(rules_of({filtered}));
    user.tell({event_of("checkin", 2, "place", "x")});
    user.reload();
    CHECK(user.lines() == held);
    user.tell({event_of("checkin", 3, "place", "x")});
    CHECK(user.lines() == held);
  }

  TEST_CASE("a retired rule keeps its grants and counts nothing meanwhile") {
    story user(rules_of({counted + "3]}}"}));
    user.tell({event_of("checkin", 0, "place", "x"), event_of("checkin", 1, "place", "x")});
    user.change_rules(rules_of({many_places}));
    user.tell({event_of("checkin", 2, "place", "x")});
    user.reload();

    user.change_rules(rules_of({counted + "3]}}"}));
    CHECK(user.lines().empty());
    user.tell({event_of("checkin", 3, "place", "x")});
    CHECK(user.lines().size() == 1);
    auto undo = event_of("undo", 4, "place", "x"); // Of the one that never counted.
    undo.at = event_of("checkin", 3, "place", "x").at;
    undo.retracts = "checkin2";
    user.tell({undo});
    CHECK(user.lines().size() == 1);
  }

  TEST_CASE("events from before a rule takes effect do not count") {
    story user(rules_from({{counted + "2]}}", 1'000'000 + minute}}));

    user.tell({event_of("checkin", 0, "place", "x"), event_of("checkin", 1, "place", "x")});
    CHECK(user.lines().empty());
    user.tell({event_of("checkin", 2, "place", "x")});
    CHECK(user.lines().size() == 1);
  }
}

TEST_SUITE("user_view") {
  TEST_CASE("shows what is held and how far the rest is") {
    story user(rules_of({each_post, many_places, hot}));
    for (int i = 0; i < 4; ++i)
      user.tell({event_of("vote", i, "post", i < 3 ? "p1" : "p2"),
                 event_of("checkin", i, "place", std::to_string(i))});
    user.store();

    const auto view = state::view_user("ann", user.row_list(), user.rules());

    REQUIRE(view.has_value());
    REQUIRE(view->badges.size() == 1);
    CHECK(view->badges[0].last.badge_id == "Post");
    CHECK(view->badges[0].last.key == std::vector<std::string>{"p1"});
    REQUIRE(view->progress.size() == 3);
    CHECK(view->progress[0].key == std::vector<std::string>{"p2"});
    CHECK(view->progress[0].fraction == doctest::Approx(1.0 / 3));
    CHECK(view->progress[0].leaves[0].value == "1");
    CHECK(view->progress[0].leaves[0].target == "3");
    CHECK(view->progress[1].leaves[0].value == "4");
    CHECK(view->progress[2].fraction == doctest::Approx(0.8));
    CHECK(view->progress[2].leaves[0].what == "count of checkin in the last 1 hour");
  }

  TEST_CASE("a user nobody has heard of has done nothing yet") {
    const auto view = state::view_user("bob", {}, rules_of({many_places}));

    REQUIRE(view.has_value());
    CHECK(view->badges.empty());
    REQUIRE(view->progress.size() == 1);
    CHECK(view->progress[0].fraction == 0);
  }
}
