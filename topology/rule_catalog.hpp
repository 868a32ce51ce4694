#pragma once

#include "actors/catalog_view.hpp"
#include "actors/ports.hpp"
#include "api/gateway.hpp"

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

namespace laurel::topology {

/// Publishes, retires and lists rules: the one place that decides what is written to the catalog.
///
/// It reads the catalog through a view that somebody else keeps up to date (the engine, or
/// `followed_catalog`), and after a write waits until the view tells it, so that who publishes and
/// then lists sees the new rule. Safe from any thread.
class rule_catalog {
public:
  using look = std::function<void(const std::function<void(const actors::catalog_view&)>&)>;

  /// Both outlive it.
  rule_catalog(actors::catalog_log& log, look at_view) : log_(log), look_(std::move(at_view)) {}

  /// Validates and, if this version is not in force already, writes document and head in one
  /// append. A version that was stored before is not written again, only its head.
  [[nodiscard]] schemas::result<api::publish_outcome> publish(const std::string& document);

  /// Writes the head as retired. `not_found` if there is no such rule; retiring twice is harmless.
  [[nodiscard]] schemas::result<void> retire(const std::string& id);

  /// By id.
  std::vector<api::rule_summary> list() const;

private:
  /// Appends and waits for the view to tell it; when that takes long, the write is durable anyway.
  std::vector<state::rules::rule_fault>
  faults_beside_others(const std::shared_ptr<const state::rules::compiled_rule>& rule) const;
  schemas::result<void> write(const std::string& id, const std::string& version, bool is_active,
                              const std::string* document);

  actors::catalog_log& log_;
  look look_;
  std::mutex mutex_; // One publisher at a time.
};

/// Reads a catalog whole and keeps it up to date, for commands that run without an engine.
class followed_catalog {
public:
  explicit followed_catalog(actors::catalog_log& log) : log_(log) {}
  ~followed_catalog(); // Closes the log's follower.
  followed_catalog(const followed_catalog&) = delete;
  followed_catalog& operator=(const followed_catalog&) = delete;

  /// Follows, and waits for the end as of now. `transient` if that takes longer.
  [[nodiscard]] schemas::result<void> read(std::chrono::milliseconds at_most);

  void with_view(const std::function<void(const actors::catalog_view&)>& use) const;

private:
  actors::catalog_log& log_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  actors::catalog_view view_; // Guarded by mutex_, as is the next.
  bool is_caught_up_ = false;
  bool is_following_ = false;
};

} // namespace laurel::topology
