#pragma once

#include "actors/job_runner.hpp"
#include "actors/journal.hpp"
#include "actors/pipeline_settings.hpp"
#include "actors/ports.hpp"
#include "actors/store_directory.hpp"

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
  job_runner_factory make_runner = [] { return std::make_unique<job_thread>(); };
};

} // namespace laurel::actors
