#pragma once

#include <chrono>

namespace laurel::topology::kafka {

/// Tells a static member that may have fenced itself from one that has a twin.
///
/// A member whose session has timed out joins anew, without a member id, and whoever joins under an
/// identity fences whoever had it. Requests that a hanging broker or network hands on late, or
/// twice, have the member fence itself: nobody else is there, and joining once more cures it. A
/// real twin fences a member that is well. Plain class; owned by the feed.
class rejoin_allowance {
public:
  using time_point = std::chrono::steady_clock::time_point;

  explicit rejoin_allowance(std::chrono::milliseconds session_timeout)
      : session_timeout_(session_timeout) {}

  /// The group gave us up.
  void on_lost();

  /// The group has us again. For a session from here on something late may still come.
  void on_assigned(time_point now);

  /// We are fenced: whether to join once more. Two who take the identity from each other by turns
  /// soon come to an end.
  [[nodiscard]] bool on_fenced(time_point now);

private:
  static constexpr int tries_max = 3; // For each time that the group gave us up.

  std::chrono::milliseconds session_timeout_;
  int tries_left_ = 0;
  bool is_lost_ = false;
  time_point trusted_from_{}; // Before it, being fenced may be our own doing.
};

} // namespace laurel::topology::kafka
