#pragma once

#include "schemas/base/result.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace laurel::actors {

/// What went wrong with a task, by what is done about it.
///
///   transient  broker slow, disk full   again and again, with backoff, for as long as it lasts
///   task       the store fails, ...     again with backoff, `restarts_max` times in a row
///   fenced     another owner has it     again, late enough to have heard of a lost assignment
///   corrupt    stored bytes are wrong   the store is moved aside and rebuilt from the changelog
///   refused    going on loses data      not before an operator has done what the message says
enum class failure_class : std::uint8_t { transient, task, fenced, corrupt, refused };
inline constexpr std::size_t failure_class_count = 5;

std::string_view text_of(failure_class what);
failure_class class_of(schemas::errc code);

/// A number in [0, 1); an argument, so that a test knows it.
using chance = std::function<double()>;

struct restart_limits {
  std::chrono::milliseconds backoff_min{200};
  std::chrono::milliseconds backoff_max{10'000};
  std::chrono::milliseconds fenced_backoff{2'000}; // Long enough to hear of a lost assignment.
  std::uint32_t restarts_max = 8; // Failures of a task in a row before it is given up.
  std::uint32_t rebuilds_max = 2; // Rebuilds in a row before it is given up.
  std::chrono::milliseconds given_up_pause{
    300'000}; // A task that was given up is tried again then.
};

/// What to do about a failure.
struct restart_decision {
  std::chrono::milliseconds delay{0};
  bool rebuilds = false; // Move the store aside first.
  bool gives_up = false; // The task counts as failed until it is tried again, if ever.
  bool is_final = false; // It is not tried again without a command.
};

/// How one task has failed since it last committed, and what follows from it: backoff that doubles
/// with full jitter (a delay drawn evenly from zero to the bound, so that tasks that failed
/// together do not come back together), and a budget. Plain class; owned by the supervisor.
class restart_policy {
public:
  restart_policy(const restart_limits& limits, chance draw)
      : limits_(limits), draw_(std::move(draw)) {}

  restart_decision on_failure(failure_class what);

  /// A commit: what went wrong is over.
  void on_success();

  std::uint32_t failures_in_a_row() const { return failures_; }
  std::uint64_t failures() const { return total_; }

private:
  std::chrono::milliseconds jittered(std::chrono::milliseconds bound) const;

  restart_limits limits_;
  chance draw_;
  std::uint32_t failures_ = 0; // In a row, of any class.
  std::uint32_t spent_ = 0;    // Of the budget: failures in a row that time alone does not cure.
  std::uint32_t rebuilds_ = 0;
  std::uint64_t total_ = 0;
};

} // namespace laurel::actors
