#include "schemas/decision_codec.hpp"
#include "topology/rule_trials.hpp"

#include <doctest/doctest.h>

using namespace laurel;
using namespace laurel::topology;

namespace {

constexpr std::string_view version = "00000000000000aa";
constexpr std::string_view other_version = "00000000000000bb";

schemas::decision granted(const std::string& user, const std::string& id = "") {
  schemas::decision made;
  made.grant_id = id.empty() ? std::string(30, '0') + user : id;
  made.user_id = user;
  made.badge_id = "B";
  made.rule_id = "r";
  made.rule_version = version;
  made.granted_at = {1'000};
  made.recorded_at = {1'000};
  made.cause = "c";
  return made;
}

stored_record stored(const schemas::decision& what, std::int64_t at_ms) {
  return {.partition = 0,
          .offset = 0,
          .append_time_ms = at_ms,
          .key = what.user_id,
          .value = schemas::encode(what),
          .headers = {}};
}

trial_fold fold_since(std::int64_t since_ms) {
  return trial_fold({"r", std::string(version), since_ms, {}});
}

} // namespace

TEST_SUITE("rule trials") {
  TEST_CASE("grants, holders and some of them are told for each badge") {
    auto fold = fold_since(10);
    for (const auto* user : {"u1", "u2", "u3", "u4", "u5", "u6", "u7"})
      fold.add(stored(granted(user), 20));
    auto lost = granted("u7");
    lost.kind = schemas::decision_kind::revoked;
    lost.revision = 2;
    lost.revoked_at = schemas::event_time{2'000};
    lost.revoke_cause = "d";
    fold.add(stored(lost, 30));

    const auto report = fold.report();

    REQUIRE(report.badges.size() == 1);
    CHECK(report.badges[0].badge_id == "B");
    CHECK(report.badges[0].grants == 7);
    CHECK(report.badges[0].users_ever == 7);
    CHECK(report.badges[0].users_holding == 6);
    CHECK(report.badges[0].examples == std::vector<std::string>{"u1", "u2", "u3", "u4", "u5"});
  }

  TEST_CASE("what another trial said does not count") {
    auto fold = fold_since(10);
    auto other = granted("u2");
    other.rule_version = other_version;
    auto rule = granted("u3");
    rule.rule_id = "s";
    fold.add(stored(granted("u1"), 9)); // Of the same version, tried earlier.
    fold.add(stored(other, 20));
    fold.add(stored(rule, 20));

    CHECK(fold.report().badges.empty());
  }

  TEST_CASE("what was withdrawn would not have been granted, and may be granted after all") {
    auto fold = fold_since(10);
    auto gone = granted("u1");
    gone.kind = schemas::decision_kind::withdrawn;
    gone.revision = 2;
    fold.add(stored(granted("u1"), 20));
    fold.add(stored(gone, 20));
    CHECK(fold.report().badges.empty());

    auto again = granted("u1");
    again.kind = schemas::decision_kind::amended;
    again.revision = 3;
    fold.add(stored(again, 20));
    CHECK(fold.report().badges.size() == 1);
  }

  TEST_CASE("bytes that are no decision are passed over") {
    auto fold = fold_since(0);
    fold.add(
      {.partition = 0, .offset = 0, .append_time_ms = 20, .key = "u", .value = "{", .headers = {}});

    CHECK(fold.report().badges.empty());
  }
}
