#pragma once

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scheduler/test_coordinator.hpp>
#include <caf/scoped_actor.hpp>
#include <doctest/doctest.h>

#include <optional>

namespace laurel::tests {

/// An actor system without threads or wall clock. Nothing moves until the test says so, so a test
/// reads top to bottom and never waits.
///
/// The only file that knows how CAF is made deterministic.
class actor_world {
public:
  actor_world() : system_(config_), scheduler_(coordinator(system_)) {}

  caf::actor_system& system() { return system_; }

  /// Delivers messages until every mailbox is empty. Timers stay where they are.
  void settle() { scheduler_.run(); }

  /// Moves the clock; due timers fire, then the world settles.
  void advance(caf::timespan by) {
    scheduler_.advance_time(by);
    settle();
  }

  /// Sends `request`, settles and returns the reply; fails the test without one.
  template <class Reply, class Handle, class Request>
  Reply ask(const Handle& whom, Request request) {
    caf::scoped_actor self{system_};
    std::optional<Reply> reply;
    auto pending = self->request(whom, caf::infinite, std::move(request));
    settle();
    pending.receive([&](Reply& value) { reply = std::move(value); },
                    [&](caf::error& why) { FAIL(system_.render(why)); });
    return std::move(*reply);
  }

private:
  struct config : caf::actor_system_config {
    config() { set("scheduler.policy", caf::atom("testing")); }
  };

  static caf::scheduler::test_coordinator& coordinator(caf::actor_system& system) {
    return dynamic_cast<caf::scheduler::test_coordinator&>(system.scheduler());
  }

  config config_;
  caf::actor_system system_;
  caf::scheduler::test_coordinator& scheduler_;
};

} // namespace laurel::tests
