#pragma once

#include "actors/catalog_view.hpp"
#include "actors/protocol.hpp"
#include "actors/store_directory.hpp"
#include "actors/task_context.hpp"
#include "actors/task_status.hpp"
#include "topology/log_bundle.hpp"

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace laurel::topology {

/// The pipeline over a log: the actor system with its supervisor and rules actor, fed by the log's
/// feed and catalog. Built, started and stopped by the application, from one thread.
///
/// Order of a stop: the feed first, which has every task commit and let go; then the catalog; then
/// the actors, which nothing can reach any more.
class engine {
public:
  struct parts {
    log_bundle* log = nullptr; // Outlives the engine, as do the next two.
    actors::store_factory* stores = nullptr;
    actors::journal* journal = nullptr;
    actors::pipeline_settings settings;
    std::size_t worker_threads = 0; // Of the actors; 0: one a core.
    /// The feed cannot go on; called once, from the feed's thread.
    std::function<void(const schemas::error&)> on_feed_failed;
    /// What stands for the time of day; empty: the time of day.
    std::function<schemas::event_time()> wall_clock = {};

    /// A promise of our own code is broken; the process should end. Called by an actor.
    std::function<void(const std::string&)> on_broken = [](const std::string&) {};
  };

  explicit engine(parts from);
  ~engine(); // Stops.
  engine(const engine&) = delete;
  engine& operator=(const engine&) = delete;

  void start();
  void stop();

  /// The status of every task, by partition. Asks the actors; waits at most two seconds and then
  /// tells what it has. Any thread, between start and stop.
  std::vector<actors::task_status> tasks() const;

  /// Gives tasks an order; `partitions` empty: all of this process. Returns those that are here.
  /// Fails with `transient` if the supervisor does not answer. Any thread, as `tasks`.
  [[nodiscard]] schemas::result<std::vector<std::int32_t>>
  order(std::vector<std::int32_t> partitions, actors::task_order what,
        const std::string& reason) const;

  /// Evaluates what waits for a parked user; returns how many records that were, once it is
  /// committed. Fails with `refused` if the user stays parked. Any thread, as `tasks`.
  [[nodiscard]] schemas::result<std::uint64_t> unpark(std::int32_t partition,
                                                      const std::string& user_id) const;

  /// Has the supervisor call `heard`, if it still runs. Any thread, as `tasks`.
  void probe(std::function<void()> heard) const;

  /// Stores of the tasks that run here. Any thread.
  const actors::store_directory& stores() const;

  /// Calls `look` with the catalog as read so far. Any thread; `look` must not block.
  void with_catalog(const std::function<void(const actors::catalog_view&)>& look) const;

private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

} // namespace laurel::topology
