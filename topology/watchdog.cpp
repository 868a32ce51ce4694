#include "topology/watchdog.hpp"

#include <utility>

namespace laurel::topology {

watchdog::watchdog(parts from) : from_(std::move(from)) {
  if (from_.interval > std::chrono::milliseconds{0}) // Else a test looks by itself.
    thread_ = std::thread{[this] { run(); }};
}

watchdog::~watchdog() {
  {
    const std::lock_guard lock{mutex_};
    is_ending_ = true;
  }
  wake_.notify_one();
  if (thread_.joinable())
    thread_.join();
}

bool watchdog::look() {
  if (unheard_->load() >= from_.misses_max) {
    from_.on_stuck("the actors have not moved for " + std::to_string(from_.misses_max)
                   + " looks of the watchdog; ended, so that others take over");
    return true;
  }
  ++*unheard_;
  // An answer may come after our end.
  from_.ask([unheard = unheard_] { *unheard = 0; });
  return false;
}

void watchdog::run() {
  std::unique_lock lock{mutex_};
  while (!wake_.wait_for(lock, from_.interval, [this] { return is_ending_; })) {
    lock.unlock();
    const bool is_stuck = look();
    lock.lock();
    if (is_stuck)
      return;
  }
}

} // namespace laurel::topology
