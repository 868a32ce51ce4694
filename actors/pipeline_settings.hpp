#pragma once

#include "actors/dead_letter_breaker.hpp"
#include "actors/restart_policy.hpp"
#include "state/user_machine.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

namespace laurel::actors {

/// Every limit of the pipeline, with its default.
struct pipeline_settings {
  std::string instance_id = "laurel";
  std::string version = "test"; // Of the program, for dead letters.
  std::int32_t partition_count = 12;
  std::array<std::string, schemas::input_count> input_topics{
    "badge.engagement.events", "badge.transaction.events", "badge.commands"};
  state::horizons horizon;

  /// Commits are at least `commit_interval_min` apart and, under load, at most `_max`; between the
  /// two, `commit_pace` decides.
  std::chrono::milliseconds commit_interval_min{10};
  std::chrono::milliseconds commit_interval_max{100};
  std::size_t commit_records_max = 50'000; // Input records of one transaction.
  std::size_t commit_bytes_max = 16 * 1024 * 1024;

  /// How long the records of one input wait for an input that neither delivers nor is at its end.
  std::chrono::milliseconds input_wait_max{500};

  /// Timers go by the wall clock once all inputs have been at their end for so long.
  std::chrono::milliseconds timers_idle_after{5'000};
  std::size_t timers_per_round_max = 1'024; // Users woken between two rounds of events.

  std::size_t round_records_max = 4'096;   // Records evaluated between two looks at the clock.
  std::size_t awake_users_max = 20'000;    // User actors of one task.
  std::size_t parked_records_max = 10'000; // That wait for one parked user.
  std::size_t parked_bytes_max = 64 * 1024 * 1024; // Of all parked users of one task.
  std::chrono::seconds flush_interval{60};         // Memtables reach the disk at least this often.
  restart_limits restarts;
  breaker_limits breaker;
  std::chrono::milliseconds breaker_pause{300'000};   // After which a flood is looked at again.
  std::chrono::milliseconds release_deadline{20'000}; // To commit before giving a partition up.
  /// The secret under which erased users are remembered (state/erasure.hpp); empty: nobody can be
  /// erased.
  std::string erasure_secret;
  /// For `replay`: the log's own clock says nothing about events that happened long ago.
  bool append_time_is_event_time = false;
};

} // namespace laurel::actors
