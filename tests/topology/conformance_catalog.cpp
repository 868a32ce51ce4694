#include "tests/topology/conformance_support.hpp"

#include <doctest/doctest.h>

#include <algorithm>

namespace laurel::tests {

namespace {

using record = std::pair<std::string, std::string>;

/// Follows a catalog and waits for facts.
class catalog_follower {
public:
  explicit catalog_follower(conformance_world& world)
      : patience_(world.patience()), log_(world.make_catalog()) {
    log_->follow(
      [this](const actors::catalog_record& seen) {
        const std::lock_guard lock(mutex_);
        records.push_back(seen);
        changed_.notify_all();
      },
      [this] {
        const std::lock_guard lock(mutex_);
        ++caught_up;
        at_catch_up = records.size();
        changed_.notify_all();
      });
  }
  ~catalog_follower() { log_->close(); }
  catalog_follower(const catalog_follower&) = delete;
  catalog_follower& operator=(const catalog_follower&) = delete;

  bool wait_for(std::size_t count) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, patience_,
                             [&] { return caught_up > 0 && records.size() >= count; });
  }

  std::vector<record> pairs() {
    const std::lock_guard lock(mutex_);
    std::vector<record> out;
    for (const auto& each : records)
      out.emplace_back(each.key, each.value.value_or("(deleted)"));
    return out;
  }

  // Read after `wait_for`.
  std::vector<actors::catalog_record> records;
  std::size_t at_catch_up = 0;
  int caught_up = 0;

private:
  std::chrono::milliseconds patience_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::unique_ptr<actors::catalog_log> log_;
};

void append(conformance_world& world, const std::vector<record>& records) {
  const auto log = world.make_catalog();
  const auto done = log->append(records);
  REQUIRE_MESSAGE(done, why(done));
}

void an_empty_catalog_is_caught_up(conformance_world& world) {
  catalog_follower follower(world);

  CHECK(follower.wait_for(0));

  CHECK(follower.records.empty());
  CHECK(follower.caught_up == 1);
}

void what_is_there_comes_before_the_end(conformance_world& world) {
  append(world, {{"rule/a/1", "{}"}, {"rule/a", "head"}});

  catalog_follower follower(world);

  REQUIRE(follower.wait_for(2));
  CHECK(follower.at_catch_up == 2);
  CHECK(follower.pairs() == std::vector<record>{{"rule/a/1", "{}"}, {"rule/a", "head"}});
}

void what_is_new_follows(conformance_world& world) {
  append(world, {{"rule/a/1", "{}"}});
  catalog_follower follower(world);
  REQUIRE(follower.wait_for(1));

  append(world, {{"rule/b/1", "{}"}, {"rule/b", "b1"}});
  append(world, {{"rule/b", "b2"}});

  REQUIRE(follower.wait_for(4));
  CHECK(follower.pairs()
        == std::vector<record>{
          {"rule/a/1", "{}"}, {"rule/b/1", "{}"}, {"rule/b", "b1"}, {"rule/b", "b2"}});
  CHECK(follower.caught_up == 1);
  CHECK(std::adjacent_find(
          follower.records.begin(), follower.records.end(),
          [](const auto& a, const auto& b) { return a.next_position >= b.next_position; })
        == follower.records.end());
}

void followers_see_the_same(conformance_world& world) {
  append(world, {{"rule/a/1", "{}"}, {"rule/a", "a1"}});
  catalog_follower first(world);
  REQUIRE(first.wait_for(2));
  catalog_follower second(world);
  REQUIRE(second.wait_for(2));

  CHECK(first.pairs() == second.pairs());
  CHECK(first.records.back().next_position == second.records.back().next_position);
}

} // namespace

std::vector<conformance_case> catalog_cases() {
  return {
    {"catalog: an empty one is caught up at once", an_empty_catalog_is_caught_up},
    {"catalog: what is there comes before the end", what_is_there_comes_before_the_end},
    {"catalog: what is new follows", what_is_new_follows},
    {"catalog: followers see the same", followers_see_the_same},
  };
}

} // namespace laurel::tests
