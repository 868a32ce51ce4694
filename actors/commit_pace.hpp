#pragma once

#include <algorithm>
#include <chrono>

namespace laurel::actors {

/// How far apart the commits of a task begin while there is little to do: at least `min`, at most
/// `max`, and so far that commits take a fifth of the time. A log that is busy makes each take
/// longer, and would be kept busy by commits that follow one another at once: at 5,000 events a
/// second over four partitions, half of the commits made grants visible sooner. Plain class.
class commit_pace {
public:
  using duration = std::chrono::microseconds;

  /// Notes how long a commit took. One that was slow by chance counts for an eighth.
  void note(duration took) { usual_ += (took - usual_) / smoothing; }

  duration interval(duration min, duration max) const {
    return std::clamp(usual_ * share, min, max);
  }

private:
  static constexpr int share = 5;
  static constexpr int smoothing = 8;

  duration usual_{0};
};

} // namespace laurel::actors
