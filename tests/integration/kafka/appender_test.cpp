#include "schemas/partitioner.hpp"

#include "tests/integration/kafka/harness.hpp"

#include <doctest/doctest.h>

#include <thread>

using namespace laurel;
using namespace laurel::test;
using topology::stream;
using record = actors::event_appender::record;

TEST_SUITE("kafka appender") {
  TEST_CASE("writes to the partition of the user, in order, to the input named") {
    const auto settings = fresh_settings(broker::shared(), 3);
    const auto log = open_log(settings);

    REQUIRE(log->appender().append(std::vector<record>{{schemas::input::engagement, "ada", "1"},
                                                       {schemas::input::engagement, "ada", "2"},
                                                       {schemas::input::transaction, "bob", "3"}}));

    const auto first = read_topic(settings.brokers, settings.streams.name(stream::engagement),
                                  schemas::partition_of("ada", 3));
    const auto second = read_topic(settings.brokers, settings.streams.name(stream::transaction),
                                   schemas::partition_of("bob", 3));
    REQUIRE(first.size() == 2);
    CHECK(first[0].key == "ada");
    CHECK(first[1].value == "2");
    REQUIRE(second.size() == 1);
    CHECK(second[0].value == "3");
  }

  TEST_CASE("a record carries its headers") {
    const auto settings = fresh_settings(broker::shared());
    const auto log = open_log(settings);

    REQUIRE(log->appender().append(
      std::vector<record>{{schemas::input::engagement, "ada", "1", {{"traceparent", "00-abc"}}},
                          {schemas::input::engagement, "ada", "2"}}));

    const auto found = read_topic(settings.brokers, settings.streams.name(stream::engagement), 0);
    REQUIRE(found.size() == 2);
    CHECK(found[0].headers == actors::headers{{"traceparent", "00-abc"}});
    CHECK(found[0].value == "1");
    CHECK(found[1].headers.empty());
  }

  TEST_CASE("serves several threads at once") {
    const auto settings = fresh_settings(broker::shared());
    const auto log = open_log(settings);
    std::vector<std::thread> threads;
    std::atomic<int> good{0};
    for (int t = 0; t < 4; ++t)
      threads.emplace_back([&] {
        for (int i = 0; i < 25; ++i)
          good += log->appender()
                    .append(std::vector<record>(10, {schemas::input::engagement, "ada", "x"}))
                    .has_value();
      });
    for (auto& thread : threads)
      thread.join();

    CHECK(good == 100);
    CHECK(read_topic(settings.brokers, settings.streams.name(stream::engagement), 0).size()
          == 1'000);
  }

  TEST_CASE("says how many records were not written") {
    const auto log = open_log(fresh_settings(broker::shared()));

    const auto done = log->appender().append(std::vector<record>{
      {schemas::input::engagement, "ada", std::string(std::size_t{3} << 20, 'x')},
      {schemas::input::engagement, "ada", "small"}});

    REQUIRE_FALSE(done);
    CHECK(done.error().message.find("1 of 2") != std::string::npos);
    CHECK(done.error().code == schemas::errc::bad_input);
  }
}
