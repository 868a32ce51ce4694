#pragma once

#include "schemas/decision.hpp"
#include "topology/embedded/embedded_log.hpp"

#include <atomic>
#include <functional>
#include <memory>
#include <thread>

namespace laurel::topology {

/// Follows `badge.grants` of an embedded log from its end, on a thread of its own, and hands each
/// decision on as soon as it is committed.
class decision_tail {
public:
  using sink = std::function<void(schemas::decision)>;

  /// `log` outlives it; `to` is called on the tail's thread.
  decision_tail(const embedded_log& log, sink to);
  ~decision_tail(); // Stops.
  decision_tail(const decision_tail&) = delete;
  decision_tail& operator=(const decision_tail&) = delete;

private:
  void run();

  std::unique_ptr<embedded::log_tail> tail_;
  sink to_;
  std::atomic<bool> is_stopping_{false};
  std::thread thread_;
};

} // namespace laurel::topology
