#include "topology/certificate.hpp"

#include <doctest/doctest.h>

#include <algorithm>

using namespace laurel;
using namespace laurel::topology;

namespace {

constexpr std::int64_t day = 86'400'000;

state::user_view erased_user() {
  state::user_view user;
  user.user_id = "ann";
  user.erased_at = schemas::event_time{10 * day};
  user.has_state = false;
  state::command_outcome by;
  by.id = "forget";
  by.kind = schemas::command_kind::erase;
  by.recorded_at = 11 * day;
  user.commands.push_back(by);
  return user;
}

/// As `laurel topics create` makes them, with what a broker adds.
log_topics topics() {
  log_topics all;
  for (const auto& plan : plan_topics({}, 3, 1)) {
    topic_facts facts{plan.partitions, {{"segment.ms", std::to_string(7 * day)}}};
    for (const auto& [name, value] : plan.settings)
      facts.settings[name] = value;
    all[plan.which] = {plan.name, std::move(facts)};
  }
  return all;
}

const api::erased_place& find(const api::erasure_certificate& all, std::string_view place) {
  const auto found = std::find_if(all.places.begin(), all.places.end(),
                                  [&](const auto& each) { return each.place == place; });
  REQUIRE(found != all.places.end());
  return *found;
}

} // namespace

TEST_SUITE("certificates of erasure") {
  TEST_CASE("every place that may name a user is there, removed or gone by a date") {
    const auto made = certificate_of(erased_user(), topics()).value();

    CHECK(made.user_id == "ann");
    CHECK(made.erased_at.ms == 10 * day);
    CHECK(made.recorded_at.ms == 11 * day);
    CHECK(made.command_id == "forget");
    CHECK(find(made, "store").is_removed);
    for (const auto* place : {"engagement", "transaction", "commands"})
      CHECK(find(made, place).gone_by->ms == (11 + 7 + 7) * day);
    for (const auto* place : {"grants", "dlq", "late", "notifications", "trials"})
      CHECK(find(made, place).gone_by->ms == (11 + 30 + 7) * day);
    CHECK(find(made, "changelog").gone_by->ms == (11 + 2 * 7 + 7) * day);
    CHECK_FALSE(find(made, "backups").is_removed);
    CHECK(made.places.size() == 11); // Not the catalog, and not the keys.
  }

  TEST_CASE("no date is promised where the log promises none") {
    auto all = topics();
    all[stream::grants].facts.settings["retention.ms"] = "-1";
    all[stream::late].facts.settings = {{"retention.bytes", "1000"}};
    all[stream::changelog].facts.settings["max.compaction.lag.ms"] = "9223372036854775807";

    const auto made = certificate_of(erased_user(), all).value();

    CHECK_FALSE(find(made, "grants").gone_by);
    CHECK(find(made, "grants").how.starts_with("never"));
    CHECK_FALSE(find(made, "late").gone_by);
    CHECK(find(made, "late").how.find("1000 bytes") != std::string::npos);
    CHECK_FALSE(find(made, "changelog").gone_by);
    CHECK(find(made, "changelog").how.find("max.compaction.lag.ms") != std::string::npos);
  }

  TEST_CASE("who was not erased has none") {
    auto user = erased_user();
    user.erased_at.reset();
    CHECK(certificate_of(user, topics()).error().code == schemas::errc::not_found);
  }
}
