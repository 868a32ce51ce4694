#include "topology/watch.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <sstream>

using namespace laurel;
using namespace laurel::topology;

namespace {

struct screen {
  explicit screen(bool is_terminal) { terminal.out_is_terminal = is_terminal; }
  std::istringstream in;
  std::ostringstream out;
  cli::console terminal{.in = in, .out = out, .err = out, .program = "laurel"};
  watch_view view{terminal};
};

schemas::decision grant(const std::string& user) {
  schemas::decision what;
  what.user_id = user;
  what.badge_id = "Explorer";
  what.cause = "e-7";
  what.granted_at = {1'767'600'900'000};
  return what;
}

api::status_report report(std::uint64_t events) {
  api::status_report now;
  now.ready = true;
  now.users = 1'234;
  now.tasks.resize(2);
  now.tasks[0].counters.applied = events;
  now.tasks[0].lag = {5, -1};
  now.tasks[1].lag = {1, 0};
  return now;
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

} // namespace

TEST_SUITE("watch view") {
  TEST_CASE("a grant is a line with time, user, badge and cause") {
    screen s(false);

    s.view.show({grant("alice")}, 0);

    CHECK(s.out.str().starts_with("01-05 08:15:00  alice"));
    CHECK(has(s.out.str(), "\u2605 earns Explorer"));
    CHECK(has(s.out.str(), "by e-7\n"));
    CHECK_FALSE(has(s.out.str(), "\x1b"));
  }

  TEST_CASE("a revoke is told with its own time and cause") {
    screen s(false);
    auto lost = grant("bob");
    lost.kind = schemas::decision_kind::revoked;
    lost.revoked_at = schemas::event_time{1'767'700'900'000};
    lost.revoke_cause = "e-9";

    s.view.show({lost}, 0);

    CHECK(s.out.str().starts_with("01-06 12:01:40"));
    CHECK(has(s.out.str(), "loses Explorer"));
    CHECK(has(s.out.str(), "by e-9"));
  }

  TEST_CASE("what a user is called cannot move the cursor") {
    screen s(true);

    s.view.show({grant("\x1b[2J")}, 0);

    CHECK(has(s.out.str(), "\\x1b[2J"));
  }

  TEST_CASE("the summary tells the rate since the report before, and the lag of all tasks") {
    screen s(false);

    s.view.show(report(1'000), std::chrono::seconds(1));
    s.view.show(report(1'500), std::chrono::milliseconds(2'500));

    CHECK(has(s.out.str(), "-- 0 events/s, 1,000 in all, 1,234 users, lag 6 --\n"));
    CHECK(has(s.out.str(), "-- 200 events/s, 1,500 in all"));
  }

  TEST_CASE("on a terminal the summary stays the last line, in place") {
    screen s(true);

    s.view.show(report(1), std::chrono::seconds(1));
    s.view.show({grant("alice")}, 3);
    s.view.show(report(2), std::chrono::seconds(1));

    const auto text = s.out.str();
    CHECK(std::ranges::count(text, '\n') == 2); // The grant, and "3 more".
    CHECK(has(text, "... and 3 more\n"));
    CHECK(has(text, "\r\x1b[K"));
    CHECK(has(text.substr(text.rfind('\r')), "2 in all"));
  }

  TEST_CASE("a task that goes away makes no negative rate") {
    screen s(false);

    s.view.show(report(1'000), std::chrono::seconds(1));
    s.view.show(report(10), std::chrono::seconds(1));

    CHECK(has(s.out.str(), "-- 0 events/s, 10 in all"));
  }

  TEST_CASE("the start says what to try next, naming this engine") {
    screen s(false);

    s.view.show_start("--embedded /tmp/x");

    CHECK(has(s.out.str(), "laurel status --embedded /tmp/x"));
    CHECK(has(s.out.str(), "events send - --embedded /tmp/x"));
  }
}
