#pragma once

#include <cstddef>
#include <cstdint>

namespace laurel::actors {

struct breaker_limits {
  std::size_t run_max = 1'000;    // Dead letters in a row.
  std::size_t window = 2'000;     // Records over which the share is taken.
  std::size_t share_percent = 50; // Dead letters among them.
};

/// Tells a flood of dead letters, which means that a producer or a setting is wrong, from single
/// bad records. A task whose breaker trips is paused, so that its input is not emptied into the
/// dead-letter topic: at most one round goes there beyond the limits. Plain class.
class dead_letter_breaker {
public:
  explicit dead_letter_breaker(const breaker_limits& limits) : limits_(limits) {}

  /// A round had `dead` dead letters among `records`; returns whether the breaker trips.
  bool on_round(std::size_t records, std::size_t dead);

  /// Begins anew, after a pause.
  void reset();

private:
  breaker_limits limits_;
  std::size_t run_ = 0;     // Dead letters since the last good record, as far as rounds tell.
  std::size_t records_ = 0; // Of the window that fills.
  std::size_t dead_ = 0;
};

} // namespace laurel::actors
