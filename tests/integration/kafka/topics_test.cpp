#include "tests/integration/kafka/harness.hpp"

#include <doctest/doctest.h>

using namespace laurel;
using namespace laurel::test;
using namespace laurel::topology::kafka;
using topology::stream;

TEST_SUITE("kafka topics") {
  TEST_CASE("creates topics that pass its own check, and again changes nothing") {
    auto& kafka = broker::shared();
    const auto settings = fresh_settings(kafka, 3);

    const auto again = create_topics(settings, 5, 1);

    REQUIRE(again);
    CHECK(again->size() == topology::stream_count);
    for (const auto& topic : *again)
      CHECK(topic.existed);
    const auto report = verify_topics(settings);
    REQUIRE(report);
    CHECK_MESSAGE(report->faults.empty(), to_text(report->faults));
    CHECK(report->partitions == 3);
  }

  TEST_CASE("tells every fault at once, and a log does not open") {
    auto settings = fresh_settings(broker::shared());
    alter_topic(settings.brokers, settings.streams.name(stream::changelog), "cleanup.policy",
                "delete");
    alter_topic(settings.brokers, settings.streams.name(stream::engagement),
                "message.timestamp.type", "CreateTime");
    settings.streams.name(stream::late) = "nowhere";

    const auto report = verify_topics(settings);
    const auto log = kafka_log::open(settings);

    REQUIRE(report);
    CHECK(report->faults.size() == 4); // The changelog lost its delete.retention.ms as well.
    REQUIRE_FALSE(log);
    CHECK(log.error().code == schemas::errc::refused);
    CHECK(log.error().message.find("laurel topics create") != std::string::npos);
  }

  TEST_CASE("more replicas than brokers is the operator's fault to cure") {
    settings asked;
    asked.brokers = broker::shared().address();
    for (auto& name : asked.streams.names)
      name = broker::shared().unique("replicated");

    const auto done = create_topics(asked, 1, 3);

    REQUIRE_FALSE(done);
    CHECK(done.error().message.find("INVALID_REPLICATION_FACTOR") != std::string::npos);
  }

  TEST_CASE("nobody at the address is transient") {
    settings asked;
    asked.brokers = "127.0.0.1:1";
    asked.call_timeout = std::chrono::milliseconds{500};

    const auto log = kafka_log::open(asked);

    REQUIRE_FALSE(log);
    CHECK(log.error().code == schemas::errc::transient);
    CHECK(log.error().message.find("127.0.0.1:1") != std::string::npos);
  }
}
