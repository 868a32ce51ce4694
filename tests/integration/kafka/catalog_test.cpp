#include "tests/integration/kafka/harness.hpp"

#include <doctest/doctest.h>

#include <condition_variable>
#include <mutex>

using namespace laurel;
using namespace laurel::test;
using namespace std::chrono_literals;
using topology::stream;

namespace {

/// What a follower has seen.
class follower {
public:
  explicit follower(actors::catalog_log& log) {
    log.follow(
      [this](const actors::catalog_record& record) {
        const std::lock_guard lock{mutex_};
        records_.push_back(record);
        changed_.notify_all();
      },
      [this] {
        const std::lock_guard lock{mutex_};
        ++caught_up_;
        behind_ = records_.size();
        changed_.notify_all();
      });
  }

  std::vector<actors::catalog_record> wait(std::size_t count) {
    std::unique_lock lock{mutex_};
    REQUIRE(changed_.wait_for(lock, 30s, [&] { return records_.size() >= count; }));
    return records_;
  }

  /// How many records had been seen when the end was reached.
  std::size_t wait_caught_up() {
    std::unique_lock lock{mutex_};
    REQUIRE(changed_.wait_for(lock, 30s, [&] { return caught_up_ > 0; }));
    CHECK(caught_up_ == 1);
    return behind_;
  }

private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<actors::catalog_record> records_;
  int caught_up_ = 0;
  std::size_t behind_ = 0;
};

using pairs = std::vector<std::pair<std::string, std::string>>;

} // namespace

TEST_SUITE("kafka catalog") {
  TEST_CASE("an empty catalog is caught up with at once") {
    const auto log = open_log(fresh_settings(broker::shared()));
    follower reader{log->catalog()};

    CHECK(reader.wait_caught_up() == 0);
    log->catalog().close();
  }

  TEST_CASE("tells what was there, then that it caught up, then what is new") {
    const auto settings = fresh_settings(broker::shared());
    const auto publisher = open_log(settings);
    REQUIRE(publisher->catalog().append(pairs{{"rule/a/1", "{}"}, {"rule/a", "head"}}));
    const auto log = open_log(settings);
    follower reader{log->catalog()};

    CHECK(reader.wait_caught_up() == 2);
    REQUIRE(publisher->catalog().append(pairs{{"rule/b/1", "{}"}}));
    const auto all = reader.wait(3);

    CHECK(all[0].key == "rule/a/1");
    CHECK(all[1].value == "head");
    CHECK(all[2].key == "rule/b/1");
    CHECK(all[2].next_position > all[1].next_position);
    log->catalog().close();
  }

  TEST_CASE("two processes publish without fencing each other") {
    const auto settings = fresh_settings(broker::shared());
    const auto one = open_log(settings);
    const auto two = open_log(settings);

    for (int i = 0; i < 3; ++i) {
      CHECK(one->catalog().append(pairs{{"rule/one/" + std::to_string(i), "{}"}}));
      CHECK(two->catalog().append(pairs{{"rule/two/" + std::to_string(i), "{}"}}));
    }

    CHECK(read_topic(settings.brokers, settings.streams.name(stream::catalog), 0).size() == 6);
  }
}
