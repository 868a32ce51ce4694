#include "topology/stream_map.hpp"

#include <doctest/doctest.h>

#include <algorithm>

using namespace laurel::topology;
namespace actors = laurel::actors;
namespace schemas = laurel::schemas;

namespace {

/// What a broker says about topics that were made as planned.
std::map<std::string, topic_facts> as_planned(const stream_map& streams, std::int32_t partitions) {
  std::map<std::string, topic_facts> found;
  for (const auto& plan : plan_topics(streams, partitions, 1)) {
    found[plan.name].partitions = plan.partitions;
    found[plan.name].settings.insert(plan.settings.begin(), plan.settings.end());
  }
  return found;
}

} // namespace

TEST_SUITE("stream map") {
  TEST_CASE("knows the topic of each input and output, and back") {
    const stream_map streams;

    CHECK(streams.name(stream_of(schemas::input::transaction)) == "badge.transaction.events");
    CHECK(streams.name(stream_of(actors::output::dlq)) == "badge.dlq");
    CHECK(streams.input_of("badge.engagement.events") == schemas::input::engagement);
    CHECK_FALSE(streams.input_of("badge.grants"));
  }

  TEST_CASE("plans the same number of partitions for all but what everyone reads") {
    for (const auto& plan : plan_topics({}, 12, 1))
      CHECK(plan.partitions
            == (plan.which == stream::catalog || plan.which == stream::identity ? 1 : 12));
  }

  TEST_CASE("asks for two written replicas where there are three") {
    const std::pair<std::string, std::string> wanted{"min.insync.replicas", "2"};
    for (const auto& plan : plan_topics({}, 12, 3))
      CHECK(std::count(plan.settings.begin(), plan.settings.end(), wanted) == 1);
    for (const auto& plan : plan_topics({}, 12, 1))
      CHECK(std::count(plan.settings.begin(), plan.settings.end(), wanted) == 0);
  }

  TEST_CASE("finds no fault in topics that are as planned") {
    CHECK(faults_of({}, as_planned({}, 4)).empty());
  }

  TEST_CASE("finds every missing topic") {
    CHECK(faults_of({}, {}).size() == stream_count);
  }

  TEST_CASE("finds unequal partition counts") {
    auto found = as_planned({}, 4);
    found["badge.transaction.events"].partitions = 6;
    found["badge.catalog"].partitions = 4;

    const auto faults = faults_of({}, found);

    REQUIRE(faults.size() == 2);
    CHECK(faults[0].topic == "badge.transaction.events");
    CHECK(faults[0].what == "has 6 partitions, badge.engagement.events has 4");
    CHECK(faults[1].topic == "badge.catalog");
  }

  TEST_CASE("finds settings that would lose or misplace data") {
    auto found = as_planned({}, 4);
    found["badge.state.changelog"].settings["cleanup.policy"] = "compact,delete";
    found["badge.state.changelog"].settings["delete.retention.ms"] = "1000";
    found["badge.engagement.events"].settings["message.timestamp.type"] = "CreateTime";
    found["badge.grants"].settings["cleanup.policy"] = "compact";

    CHECK(faults_of({}, found).size() == 4);
  }

  TEST_CASE("finds a name that two parts share") {
    stream_map streams;
    streams.name(stream::late) = "badge.dlq";

    const auto faults = faults_of(streams, as_planned(streams, 4));

    REQUIRE(faults.size() == 1);
    CHECK(faults[0].cure == "give topics.late a name of its own");
  }

  TEST_CASE("writes a line for each fault, with its cure") {
    CHECK(to_text({{"a", "does not exist", "make it"}, {"b", "is odd", "mend it"}})
          == "topic a does not exist: make it\ntopic b is odd: mend it");
  }
}
