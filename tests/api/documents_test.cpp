#include "api/documents.hpp"

#include <doctest/doctest.h>

using namespace laurel;
using namespace laurel::api;

namespace {

schemas::decision sample_decision() {
  schemas::decision what;
  what.kind = schemas::decision_kind::revoked;
  what.grant_id = "00112233445566778899aabbccddeeff";
  what.revision = 3;
  what.user_id = "al\"ice";
  what.badge_id = "Big spender";
  what.rule_id = "big-spender";
  what.rule_version = "abc";
  what.key = {"x", "y/z"};
  what.n = 2;
  what.granted_at = {1'000};
  what.cause = "e1";
  what.revoked_at = schemas::event_time{2'000};
  what.revoke_cause = "e2";
  what.recorded_at = {3'000};
  return what;
}

} // namespace

TEST_SUITE("documents") {
  TEST_CASE("what a user has reads back as it was written") {
    state::user_view view;
    view.user_id = "al\"ice";
    view.badges.push_back({sample_decision()});
    view.progress.push_back({"explorer", "Explorer", {"k"}, 0.4, {{"places", "2", "5"}}});

    const auto back = parse_user(to_json(view));

    REQUIRE(back.has_value());
    CHECK(back->user_id == view.user_id);
    REQUIRE(back->badges.size() == 1);
    const auto& last = back->badges[0].last;
    CHECK(last.kind == schemas::decision_kind::revoked);
    CHECK(last.key == std::vector<std::string>{"x", "y/z"});
    CHECK(last.n == 2);
    CHECK(last.revoked_at == schemas::event_time{2'000});
    CHECK(last.revoke_cause == "e2");
    REQUIRE(back->progress.size() == 1);
    CHECK(back->progress[0].fraction == doctest::Approx(0.4));
    CHECK(back->progress[0].leaves[0].target == "5");
  }

  TEST_CASE("each badge says in a word whether it is held") {
    state::user_view view;
    view.user_id = "u";
    view.badges.push_back({sample_decision()});
    view.badges.push_back({sample_decision()});
    view.badges[1].last.kind = schemas::decision_kind::granted;
    view.badges[1].last.revoked_at.reset();

    const auto text = to_json(view);

    CHECK(text.find(R"("state":"revoked")") != std::string::npos);
    CHECK(text.find(R"("state":"held")") != std::string::npos);
  }

  TEST_CASE("a status reads back, what is unknown stays unknown") {
    status_report report;
    report.instance = "one";
    report.version = "1";
    report.log = "embedded /x";
    report.ready = true;
    report.users = 7;
    task_status task;
    task.partition = 3;
    task.phase = "running";
    task.next_offset = {10, 20};
    task.lag = {-1, 5};
    task.counters.late = 9;
    report.tasks.push_back(task);

    const auto back = parse_status(to_json(report));

    REQUIRE(back.has_value());
    CHECK(back->ready);
    CHECK(back->users == 7U);
    CHECK_FALSE(back->badges_held.has_value());
    REQUIRE(back->tasks.size() == 1);
    CHECK(back->tasks[0].lag == task.lag);
    CHECK(back->tasks[0].next_offset == task.next_offset);
    CHECK(back->tasks[0].clock == schemas::event_time::lowest());
    CHECK(back->tasks[0].counters == task.counters);
  }

  TEST_CASE("text that is no UTF-8 is replaced, never thrown at") {
    publish_outcome outcome;
    outcome.faults.push_back({"/id", "bad \xff byte"});

    CHECK(parse_publish(to_json(outcome)).has_value());
  }

  TEST_CASE("an answer that is not ours is a failure with a reason") {
    for (const auto* text : {"", "{", "[]", "{\"tasks\":1}", "null"}) {
      const auto status = parse_status(text);
      REQUIRE_FALSE(status.has_value());
      CHECK(status.error().code == schemas::errc::corrupt);
    }
  }

  TEST_CASE("a failure survives the way as a problem and back") {
    using schemas::errc;
    for (const auto code : {errc::bad_input, errc::not_found, errc::transient, errc::fenced,
                            errc::aborted, errc::refused, errc::bad_setting}) {
      const auto back = error_of(problem(schemas::error{code, "why it is so"}));
      CHECK(back.code == code);
      CHECK(back.message == "why it is so");
    }
  }

  TEST_CASE("a corrupt store is told as an internal error, without its details") {
    const auto answer = problem(schemas::error{schemas::errc::corrupt, "row 7 of /var/lib"});

    CHECK(answer.status == 500);
    CHECK(answer.body.find("/var/lib") == std::string::npos);
  }
}
