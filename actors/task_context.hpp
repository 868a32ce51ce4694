#pragma once

#include "actors/job_runner.hpp"
#include "actors/journal.hpp"
#include "actors/pipeline_settings.hpp"
#include "actors/ports.hpp"
#include "actors/restart_policy.hpp"
#include "actors/store_directory.hpp"
#include "schemas/base/time.hpp"

#include <chrono>
#include <functional>

namespace laurel::actors {

/// What all tasks of a process share: the settings and the ports. Owned by the application, which
/// keeps it until every actor and thread has ended.
struct task_context {
  pipeline_settings settings;
  actors::feed* feed = nullptr;
  task_log_factory* logs = nullptr;
  store_factory* stores = nullptr;
  store_directory* directory = nullptr;
  actors::journal* journal = nullptr;
  /// The time of day, for timers of idle tasks.
  std::function<schemas::event_time()> wall_clock = [] {
    const auto since = std::chrono::system_clock::now().time_since_epoch();
    return schemas::event_time{
      std::chrono::duration_cast<std::chrono::milliseconds>(since).count()};
  };
  job_runner_factory make_runner = [] { return std::make_unique<job_thread>(); };
  chance draw; // For jitter. Used by one thread at a time: the supervisor's.
  /// A promise of our own code is broken: the process has to end. Any thread.
  std::function<void(const std::string& reason)> on_broken = [](const std::string&) {};
};

} // namespace laurel::actors
