#pragma once

#include "api/gateway.hpp"
#include "schemas/decision.hpp"
#include "topology/cli/console.hpp"

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace laurel::topology {

/// What the terminal view shows: decisions as lines, and a summary line that is refreshed in place
/// on a terminal, and printed every few seconds elsewhere. Plain class, without clock or thread.
class watch_view {
public:
  explicit watch_view(cli::console& terminal) : terminal_(terminal) {}

  /// What this is and what to try next. `target`: the flags that name this engine.
  void show_start(const std::string& target);

  /// Prints `decisions`, the first few of them, and how many more there were.
  void show(const std::vector<schemas::decision>& decisions, std::uint64_t left_out);

  /// Prints or refreshes the summary. `elapsed`: since the report before this one.
  void show(const api::status_report& report, std::chrono::milliseconds elapsed);

  /// Ends the line that is refreshed.
  void show_end();

private:
  std::string line_of(const schemas::decision& what) const;
  std::string summary_of(const api::status_report& report, std::chrono::milliseconds elapsed);
  void clear_summary();

  cli::console& terminal_;
  std::optional<std::uint64_t> events_before_;
  std::uint64_t granted_ = 0; // Shown since the start, as the next; then those not shown.
  std::uint64_t revoked_ = 0;
  std::uint64_t left_out_ = 0;
  std::string summary_; // On the screen now; empty if it is not.
};

/// Feeds a `watch_view` from a running engine, on a thread of its own: decisions are handed over by
/// whoever reads the log's outputs, figures are asked from the gateway.
class watcher {
public:
  /// Both outlive it. `target`: the flags that name this engine, for the hints at the start.
  watcher(api::gateway& engine, cli::console& terminal, std::string target);
  ~watcher(); // Stops.
  watcher(const watcher&) = delete;
  watcher& operator=(const watcher&) = delete;

  void start();
  void stop();

  /// Takes a decision to be shown. Any thread; never blocks for long. When they come faster than
  /// anybody can read, some are only counted.
  void on_decision(schemas::decision what);

private:
  void run();
  void show_waiting();

  api::gateway& engine_;
  watch_view view_; // The thread's own.
  bool is_terminal_;
  std::string target_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<schemas::decision> waiting_; // Guarded by mutex_, as are the next two.
  std::uint64_t left_out_ = 0;
  bool is_stopping_ = false;
  std::thread thread_;
};

} // namespace laurel::topology
