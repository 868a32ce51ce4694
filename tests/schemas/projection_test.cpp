#include "schemas/projection.hpp"

#include <doctest/doctest.h>

#include <random>
#include <string>

using namespace laurel::schemas;

TEST_SUITE("projection") {
  TEST_CASE("gives each path one slot, in the order they came") {
    projection paths;
    CHECK(paths.add("post.id") == 0);
    CHECK(paths.add("value") == 1);
    CHECK(paths.add("post.id") == 0);
    CHECK(paths.add("post") == 2);

    CHECK(paths.slot_of("post") == 2);
    CHECK(paths.slot_of("post.id") == 0);
    CHECK_FALSE(paths.slot_of("post.id.x"));
    CHECK_FALSE(paths.slot_of("id"));
    CHECK_FALSE(paths.slot_of(""));
    CHECK(paths.paths() == std::vector<std::string>{"post.id", "value", "post"});
  }

  TEST_CASE("walks down component by component") {
    projection paths;
    paths.add("a.b.c");
    paths.add("a.d");

    const auto a = paths.child(projection::root, "a");
    REQUIRE(a != projection::none);
    CHECK_FALSE(paths.slot(a));
    CHECK(paths.slot(paths.child(a, "d")) == 1);
    CHECK(paths.slot(paths.child(paths.child(a, "b"), "c")) == 0);
    CHECK(paths.child(a, "c") == projection::none);
    CHECK(paths.child(projection::root, "b") == projection::none);
  }

  TEST_CASE("finds every one of many paths, and no other") {
    const std::uint64_t seed = std::random_device{}();
    MESSAGE("seed ", seed);
    std::mt19937_64 random(seed);
    projection paths;
    std::vector<std::string> added;
    for (int i = 0; i < 2'000; ++i) {
      std::string path;
      for (auto left = random() % 4 + 1; left > 0; --left)
        path += (path.empty() ? "" : ".") + std::to_string(random() % 50);
      paths.add(path);
      added.push_back(path);
    }

    for (const std::string& path : added) {
      const auto slot = paths.slot_of(path);
      REQUIRE(slot);
      REQUIRE(paths.paths()[*slot] == path);
      REQUIRE_FALSE(paths.slot_of(path + ".never"));
    }
  }

} // TEST_SUITE
