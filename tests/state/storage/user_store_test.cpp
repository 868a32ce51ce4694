#include "state/storage/memory_store.hpp"
#include "state/storage/rocks_store.hpp"
#include "state/user_store.hpp"

#include "tests/state/storage/temp_directory.hpp"

#include <doctest/doctest.h>

#include <map>
#include <memory>
#include <random>
#include <string>

using namespace laurel;
using state::row;

namespace {

const std::string plain("\x01\x00 core", 7); // A core record without further rows.
const std::string wide("\x01\x01 core", 7);  // One that says that there are more.

std::string extra_key(std::string_view user, std::string_view rest) {
  return state::user_prefix(user) + "z" + std::string(rest);
}

std::map<std::string, std::string> dump(const state::user_store& store) {
  std::map<std::string, std::string> rows;
  REQUIRE(store.for_each(
    [&](std::string_view key, std::string_view value) { rows.emplace(key, value); }));
  return rows;
}

std::vector<state::user_rows> read(const state::user_store& store,
                                   const std::vector<std::string>& users) {
  auto rows = store.read(users);
  REQUIRE(rows);
  return *rows;
}

/// Both stores, one after the other, keep the same promises.
using check = void (*)(state::user_store&);

void with_each_store(check run) {
  SUBCASE("in memory") {
    state::memory_store store;
    run(store);
  }
  SUBCASE("in RocksDB") {
    const tests::temp_directory directory;
    auto store =
      state::rocks_store::open(directory.path() / "store", std::make_shared<state::rocks_budget>());
    REQUIRE(store);
    run(**store);
  }
}

} // namespace

TEST_SUITE("user_store") {
  TEST_CASE("a new store knows nothing") {
    with_each_store([](state::user_store& store) {
      CHECK(store.changelog_position().value() == std::nullopt);
      CHECK(store.meta().value() == std::nullopt);
      CHECK(read(store, {"ann"}) == std::vector<state::user_rows>{{}});
      CHECK(dump(store).empty());
    });
  }

  TEST_CASE("rows, meta and position change together") {
    with_each_store([](state::user_store& store) {
      const std::vector<row> rows{{state::core_key("ann"), plain}, {"__meta", "m1"}};

      REQUIRE(store.apply(rows, 17));

      CHECK(store.changelog_position().value() == 17);
      CHECK(store.meta().value() == "m1");
      CHECK(
        dump(store)
        == std::map<std::string, std::string>{{state::core_key("ann"), plain}, {"__meta", "m1"}});
    });
  }

  TEST_CASE("users are read in the order they are asked for, unknown ones empty") {
    with_each_store([](state::user_store& store) {
      const std::vector<row> rows{{state::core_key("ann"), plain}, {state::core_key("bob"), plain}};
      REQUIRE(store.apply(rows, 1));

      const auto users = read(store, {"bob", "nobody", "ann", "bob"});

      const state::user_rows ann{rows[0]};
      const state::user_rows bob{rows[1]};
      CHECK(users == std::vector<state::user_rows>{bob, {}, ann, bob});
    });
  }

  TEST_CASE("further rows come only for a core record that names them, core first") {
    with_each_store([](state::user_store& store) {
      const row below{state::user_prefix("ann") + "a", "sorts before the core record"};
      const row above{extra_key("ann", "1"), "one"};
      const std::vector<row> rows{{state::core_key("ann"), wide},
                                  below,
                                  above,
                                  {state::core_key("bob"), plain},
                                  {extra_key("bob", "1"), "not asked for"}};
      REQUIRE(store.apply(rows, 1));

      const auto users = read(store, {"ann", "bob"});

      CHECK(users[0] == state::user_rows{rows[0], below, above});
      CHECK(users[1] == state::user_rows{rows[3]});
    });
  }

  TEST_CASE("users whose ids begin alike are never confused") {
    with_each_store([](state::user_store& store) {
      std::vector<row> rows;
      const std::vector<std::string> users{"a", "ab", std::string("a\0", 2), "ac", "b", "\xff"};
      for (const auto& user : users) {
        rows.push_back({state::core_key(user), wide});
        rows.push_back({extra_key(user, user), user});
      }
      REQUIRE(store.apply(rows, 1));

      const auto found = read(store, users);

      for (std::size_t i = 0; i < users.size(); ++i)
        CHECK(found[i] == state::user_rows{rows[2 * i], rows[2 * i + 1]});
    });
  }

  TEST_CASE("a deletion removes its row and no other") {
    with_each_store([](state::user_store& store) {
      const std::vector<row> rows{{state::core_key("ann"), wide}, {extra_key("ann", "1"), "x"}};
      REQUIRE(store.apply(rows, 1));
      const std::vector<row> gone{{extra_key("ann", "1"), std::nullopt},
                                  {extra_key("ann", "never there"), std::nullopt}};

      REQUIRE(store.apply(gone, 2));

      CHECK(read(store, {"ann"})[0] == state::user_rows{rows[0]});
    });
  }

  TEST_CASE("within one apply the later of two rows counts") {
    with_each_store([](state::user_store& store) {
      const std::vector<row> rows{{"__meta", "1"}, {"__meta", std::nullopt}, {"__meta", "2"}};

      REQUIRE(store.apply(rows, 1));

      CHECK(store.meta().value() == "2");
    });
  }

  TEST_CASE("any run of changes leaves both stores with the same rows") {
    const auto seed = std::random_device{}();
    CAPTURE(seed);
    std::mt19937 random(seed);
    const auto pick = [&](unsigned below) { return static_cast<unsigned>(random() % below); };
    const tests::temp_directory directory;
    state::rocks_store_settings settings;
    settings.write_buffer_bytes = 64U << 10; // So that flushes and compactions happen.
    const auto open = [&] {
      return state::rocks_store::open(directory.path(), std::make_shared<state::rocks_budget>(),
                                      settings);
    };
    state::memory_store model;
    auto store = open();
    REQUIRE(store);
    std::vector<std::string> users;
    for (int i = 0; i < 40; ++i)
      users.push_back("user-" + std::to_string(i * i));

    for (int step = 0; step < 300; ++step) {
      std::vector<row> rows;
      for (unsigned i = pick(20); i > 0; --i) {
        const auto& user = users[pick(40)];
        const auto key =
          pick(2) == 0 ? state::core_key(user) : extra_key(user, std::to_string(pick(6)));
        rows.push_back({key, (pick(2) == 0 ? wide : plain) + std::string(pick(900), 'v')});
        if (pick(5) == 0)
          rows.back().value.reset();
      }
      REQUIRE(model.apply(rows, step));
      REQUIRE((*store)->apply(rows, step));
      if (pick(60) == 0) {
        store->reset();
        store = open();
        REQUIRE(store);
      }
      REQUIRE(read(**store, users) == read(model, users));
    }

    CHECK(dump(**store) == dump(model));
    CHECK((*store)->changelog_position().value() == model.changelog_position().value());
  }

  TEST_CASE("timers are read by time, beside the rows of users") {
    with_each_store([](state::user_store& store) {
      std::vector<row> rows{{state::core_key("ann"), plain}, {"__meta", "m1"}};
      for (std::int64_t due = 300; due > 0; --due) // More than a memtable's list holds.
        rows.push_back(state::timer_row({{due}, "ann"}));
      rows.push_back(state::timer_row({{7}, "bob"}));
      REQUIRE(store.apply(rows, 1));
      const std::vector<row> gone{state::no_timer_row({{8}, "ann"})};
      REQUIRE(store.apply(gone, 2));

      const auto some = store.due({{{6}, "ann"}, {9}, 3}).value();
      const auto rest = store.due({{{7}, "bobby"}, {9}, 3}).value();
      const auto none = store.due({{{301}, ""}, {1'000}, 3}).value();

      CHECK(some.timers == std::vector<state::timer>{{{6}, "ann"}, {{7}, "ann"}, {{7}, "bob"}});
      CHECK(some.next->ms == 9);
      CHECK(rest.timers == std::vector<state::timer>{{{9}, "ann"}});
      CHECK(rest.next->ms == 10);
      CHECK(none.timers.empty());
      CHECK_FALSE(none.next);
    });
  }
}
