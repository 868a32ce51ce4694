#pragma once

#include "topology/embedded/log_core.hpp"

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <thread>

namespace laurel::topology::embedded {

/// Keeps the log small, on a thread of its own that sleeps until something was written: drops the
/// oldest records of inputs and outputs beyond the retention, and compacts the changelog and the
/// catalog. A scratch log has no janitor's work done, for it does not live long.
class janitor {
public:
  explicit janitor(std::shared_ptr<log_core> core);
  ~janitor();

  // The work itself, also called by tests; by one thread at a time.

  /// Drops the oldest batches until the limit is kept, or only unconsumed input is left.
  [[nodiscard]] schemas::result<void> retain();

  /// Compacts every partition that has enough new bytes.
  [[nodiscard]] schemas::result<void> clean();

private:
  void loop();

  std::shared_ptr<log_core> core_;
  std::shared_ptr<change_signal> signal_;
  std::atomic<bool> closing_{false};
  std::thread thread_;
};

} // namespace laurel::topology::embedded
