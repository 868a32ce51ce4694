#include "topology/grant_fold.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <sstream>

using namespace laurel;
using topology::grant_fold;

namespace {

schemas::decision grant(const std::string& user, std::int64_t at_ms, std::uint32_t revision = 1) {
  schemas::decision made;
  made.grant_id = "id-" + user;
  made.revision = revision;
  made.user_id = user;
  made.badge_id = "Regular";
  made.rule_id = "regular";
  made.granted_at = {at_ms};
  made.recorded_at = {at_ms};
  made.cause = "e-" + std::to_string(at_ms);
  return made;
}

std::string written(const grant_fold& fold) {
  std::ostringstream out;
  fold.write(out);
  return out.str();
}

} // namespace

TEST_SUITE("grant fold") {
  TEST_CASE("writes the last revision of each grant, by time") {
    grant_fold fold;
    fold.add(grant("bob", 2000));
    fold.add(grant("ann", 1000, 2));
    fold.add(grant("ann", 9000, 1)); // An older revision that came late.

    CHECK(
      written(fold)
      == R"({"kind":"granted","user_id":"ann","badge_id":"Regular","rule_id":"regular","key":[],"n":1,)"
         R"("granted_at":"1970-01-01T00:00:01.000Z","recorded_at":"1970-01-01T00:00:01.000Z","cause":"e-1000"})"
         "\n"
         R"({"kind":"granted","user_id":"bob","badge_id":"Regular","rule_id":"regular","key":[],"n":1,)"
         R"("granted_at":"1970-01-01T00:00:02.000Z","recorded_at":"1970-01-01T00:00:02.000Z","cause":"e-2000"})"
         "\n");
  }

  TEST_CASE("a revoked grant has two lines, a withdrawn one none") {
    grant_fold fold;
    auto revoked = grant("ann", 1000, 2);
    revoked.recorded_at = schemas::event_time{6000};
    revoked.kind = schemas::decision_kind::revoked;
    revoked.revoked_at = schemas::event_time{5000};
    revoked.revoke_cause = "e-5000";
    auto withdrawn = grant("bob", 1000, 2);
    withdrawn.kind = schemas::decision_kind::withdrawn;
    fold.add(grant("ann", 1000));
    fold.add(revoked);
    fold.add(withdrawn);

    const auto text = written(fold);

    CHECK(std::count(text.begin(), text.end(), '\n') == 2);
    CHECK(text.find(R"("cause":"e-5000","revoked_at":"1970-01-01T00:00:05.000Z"})")
          != std::string::npos);
    CHECK(text.find(R"("recorded_at":"1970-01-01T00:00:01.000Z","cause":"e-1000"})")
          != std::string::npos); // Each line tells when its own decision was noticed.
    CHECK(text.find(R"("recorded_at":"1970-01-01T00:00:06.000Z","cause":"e-5000")")
          != std::string::npos);
    CHECK(text.find("bob") == std::string::npos);
  }

  TEST_CASE("an expired grant ends by time alone") {
    grant_fold fold;
    auto expired = grant("ann", 1000, 2);
    expired.kind = schemas::decision_kind::expired;
    expired.expired_at = schemas::event_time{5000};
    fold.add(grant("ann", 1000));
    fold.add(expired);

    const auto text = written(fold);

    CHECK(std::count(text.begin(), text.end(), '\n') == 2);
    CHECK(text.find(R"("kind":"expired")") != std::string::npos);
    CHECK(text.find(R"("cause":"window_end","expired_at":"1970-01-01T00:00:05.000Z"})")
          != std::string::npos);
    CHECK(fold.revoked() == 1);
  }

  TEST_CASE("a grant was noticed when its begin was first told as it is now") {
    auto ended = grant("ann", 1000, 3);
    ended.kind = schemas::decision_kind::amended; // Its end has moved, and nothing else.
    ended.recorded_at = schemas::event_time{7000};
    ended.revoked_at = schemas::event_time{5000};
    ended.revoke_cause = "e-5000";
    auto moved = grant("ann", 2000, 2);
    moved.kind = schemas::decision_kind::amended;
    const auto noticed = [](std::vector<schemas::decision> records) {
      grant_fold fold;
      for (auto& record : records)
        fold.add(std::move(record));
      const auto text = written(fold);
      const auto at = text.find("recorded_at");
      return text.substr(at + 14, 24);
    };

    CHECK(noticed({grant("ann", 1000), ended}) == "1970-01-01T00:00:01.000Z");
    CHECK(noticed({ended, grant("ann", 1000)}) == "1970-01-01T00:00:01.000Z");
    CHECK(noticed({grant("ann", 1000), moved, ended}) == "1970-01-01T00:00:07.000Z");
  }
}
