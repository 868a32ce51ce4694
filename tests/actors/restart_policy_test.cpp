#include "actors/restart_policy.hpp"

#include <doctest/doctest.h>

using namespace laurel::actors;
using namespace std::chrono_literals;
using laurel::schemas::errc;

namespace {

constexpr restart_limits limits{.backoff_min = 100ms,
                                .backoff_max = 1'000ms,
                                .fenced_backoff = 2'000ms,
                                .restarts_max = 3,
                                .rebuilds_max = 2,
                                .given_up_pause = 60'000ms};

restart_policy made(double drawn) {
  return {limits, [drawn] { return drawn; }};
}

} // namespace

TEST_SUITE("restart policy") {
  TEST_CASE("the bound of the backoff doubles up to its limit, and the delay is a share of it") {
    auto policy = made(0.5);

    for (const auto expected : {50ms, 100ms, 200ms, 400ms, 500ms, 500ms})
      CHECK(policy.on_failure(failure_class::transient).delay == expected);
  }

  TEST_CASE("jitter is full: the smallest delay is none") {
    auto policy = made(0.0);

    CHECK(policy.on_failure(failure_class::transient).delay == 0ms);
    CHECK(policy.on_failure(failure_class::fenced).delay == 2'000ms); // A floor, then jitter.
  }

  TEST_CASE("what time cures is tried for ever") {
    auto policy = made(0.9);

    for (int failure = 0; failure < 1'000; ++failure)
      CHECK(!policy.on_failure(failure_class::transient).gives_up);
    CHECK(policy.failures() == 1'000);
  }

  TEST_CASE("a task that fails again and again is given up, and tried again much later") {
    auto policy = made(0.5);
    for (int failure = 0; failure < 3; ++failure)
      CHECK(!policy.on_failure(failure_class::task).gives_up);

    const auto last = policy.on_failure(failure_class::task);

    CHECK(last.gives_up);
    CHECK(!last.is_final);
    CHECK(last.delay == 60'000ms);
  }

  TEST_CASE("a commit gives the budget back") {
    auto policy = made(0.5);
    for (int failure = 0; failure < 3; ++failure)
      (void) policy.on_failure(failure_class::task);

    policy.on_success();

    const auto next = policy.on_failure(failure_class::task);
    CHECK(!next.gives_up);
    CHECK(next.delay == 50ms);
    CHECK(policy.failures() == 4);
  }

  TEST_CASE("a corrupt store is rebuilt, but not for ever") {
    auto policy = made(0.5);

    CHECK(policy.on_failure(failure_class::corrupt).rebuilds);
    CHECK(!policy.on_failure(failure_class::corrupt).gives_up);
    CHECK(policy.on_failure(failure_class::corrupt).gives_up);
  }

  TEST_CASE("what an operator has to decide is not tried again") {
    auto policy = made(0.5);

    const auto decision = policy.on_failure(failure_class::refused);

    CHECK(decision.gives_up);
    CHECK(decision.is_final);
  }

  TEST_CASE("the class of a failure follows from who can cure it") {
    CHECK(class_of(errc::transient) == failure_class::transient);
    CHECK(class_of(errc::aborted) == failure_class::transient);
    CHECK(class_of(errc::fenced) == failure_class::fenced);
    CHECK(class_of(errc::corrupt) == failure_class::corrupt);
    CHECK(class_of(errc::refused) == failure_class::refused);
    CHECK(class_of(errc::bad_setting) == failure_class::refused);
    CHECK(class_of(errc::bad_input) == failure_class::task);
  }
}
