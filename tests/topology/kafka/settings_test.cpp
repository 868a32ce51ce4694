#include "topology/kafka/settings.hpp"

#include <doctest/doctest.h>

#include <algorithm>

using namespace laurel::topology::kafka;
using namespace std::chrono_literals;
using laurel::schemas::errc;

namespace {

settings good() {
  settings made;
  made.brokers = "127.0.0.1:9092";
  return made;
}

/// What librdkafka gets: the last of several values counts.
std::string value_of(const properties& all, std::string_view key) {
  const auto at =
    std::find_if(all.rbegin(), all.rend(), [&](const auto& one) { return one.first == key; });
  return at == all.rend() ? "(none)" : at->second;
}

} // namespace

TEST_SUITE("kafka settings") {
  TEST_CASE("has no faults by default, apart from the brokers") {
    CHECK(faults_of(good()).empty());
    CHECK(faults_of(settings{}).size() == 1);
  }

  TEST_CASE("tells all faults at once") {
    auto bad = good();
    bad.brokers.clear();
    bad.group.clear();
    bad.session_timeout = 1s;
    bad.transaction_timeout = 20min;
    bad.consumer["isolation.level"] = "read_uncommitted";
    bad.producer["no.such.setting"] = "1";

    CHECK(faults_of(bad).size() == 6);
  }

  TEST_CASE("passes settings through, after its own") {
    auto from = good();
    from.all["security.protocol"] = "ssl";
    from.consumer["fetch.wait.max.ms"] = "77";
    from.producer["compression.type"] = "zstd";

    CHECK(value_of(feed_properties(from), "security.protocol") == "ssl");
    CHECK(value_of(feed_properties(from), "fetch.wait.max.ms") == "77");
    CHECK(value_of(transactional_properties(from, "id", 60s), "compression.type") == "zstd");
    CHECK(value_of(admin_properties(from), "security.protocol") == "ssl");
    CHECK(value_of(admin_properties(from), "compression.type") == "(none)");
  }

  TEST_CASE("denies what exactly once depends on") {
    for (const auto* key : {"isolation.level", "enable.auto.commit", "transactional.id", "acks",
                            "enable.idempotence", "auto.offset.reset", "group.id"}) {
      const auto checked = check_pass_through(client_kind::consumer, key, "1");
      REQUIRE_FALSE(checked);
      CHECK(checked.error().code == errc::bad_setting);
    }
  }

  TEST_CASE("refuses values that librdkafka does not know") {
    CHECK(check_pass_through(client_kind::consumer, "fetch.wait.max.ms", "20"));
    CHECK_FALSE(check_pass_through(client_kind::consumer, "fetch.wait.max.ms", "soon"));
    CHECK_FALSE(check_pass_through(client_kind::producer, "fetch.wait.max.ms", "20"));
    CHECK_FALSE(check_pass_through(client_kind::producer, "dr_cb", "x"));
  }

  TEST_CASE("reads committed records only and never makes a position up") {
    for (const auto& all : {feed_properties(good()), reader_properties(good())}) {
      CHECK(value_of(all, "isolation.level") == "read_committed");
      CHECK(value_of(all, "auto.offset.reset") == "error");
      CHECK(value_of(all, "enable.auto.commit") == "false");
      CHECK(value_of(all, "enable.partition.eof") == "true");
    }
    CHECK(value_of(feed_properties(good()), "partition.assignment.strategy") == "range");
  }

  TEST_CASE("is a static member only under an instance id") {
    auto named = good();
    named.instance_id = "laurel-3";

    CHECK(value_of(feed_properties(good()), "group.instance.id") == "(none)");
    CHECK(value_of(feed_properties(named), "group.instance.id") == "laurel-3");
  }

  TEST_CASE("lets a record fail while there is time to abort") {
    const auto all = transactional_properties(good(), "laurel-7", 60s);

    CHECK(value_of(all, "transactional.id") == "laurel-7");
    CHECK(value_of(all, "transaction.timeout.ms") == "60000");
    CHECK(value_of(all, "message.timeout.ms") == "30000");
    CHECK(value_of(all, "acks") == "all");
  }
}
