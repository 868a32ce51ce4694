#pragma once

#include "actors/catalog_view.hpp"
#include "actors/ports.hpp"
#include "api/gateway.hpp"
#include "api/rule_desk.hpp"

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
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

  /// Versions in force earlier that a head remembers, so that one can go back to them.
  static constexpr std::size_t before_max = 10;

  /// Both outlive it.
  rule_catalog(actors::catalog_log& log, look at_view) : log_(log), look_(std::move(at_view)) {}

  /// Validates and, if this version has that part already, changes nothing; else writes document
  /// and head in one append. A version that was stored before is not written again, only its head.
  /// A version that is in force cannot be tried (`refused`).
  [[nodiscard]] schemas::result<api::publish_outcome>
  publish(const std::string& document, api::rule_stage as = api::rule_stage::active);

  /// Publishes a stored version: the one whose name begins with `version`; empty: the one that is
  /// tried, else the draft. `not_found`; `bad_input` if several begin so.
  [[nodiscard]] schemas::result<api::publish_outcome> activate(const std::string& id,
                                                               const std::string& version);

  /// The same with what was in force before.
  [[nodiscard]] schemas::result<api::publish_outcome> roll_back(const std::string& id);

  /// `not_found` if nothing is tried.
  [[nodiscard]] schemas::result<void> end_trial(const std::string& id);

  /// Writes the head as retired; a trial ends. `not_found` if there is no such rule; retiring twice
  /// is harmless.
  [[nodiscard]] schemas::result<void> retire(const std::string& id);

  /// By id.
  std::vector<api::rule_summary> list() const;

  /// In the order in which they were stored.
  [[nodiscard]] schemas::result<std::vector<api::rule_version>>
  versions(const std::string& id) const;

  /// What the catalog says of a rule; `not_found`.
  [[nodiscard]] schemas::result<actors::catalog_view::rule_head> head(const std::string& id) const;

private:
  using rule_head = actors::catalog_view::rule_head;
  using rule_pointer = std::shared_ptr<const state::rules::compiled_rule>;

  schemas::result<api::publish_outcome> put(const rule_pointer& rule, api::rule_stage as);
  std::vector<state::rules::rule_fault> faults_beside_others(const rule_pointer& rule) const;
  std::optional<rule_head> find_head(const std::string& id) const;
  rule_pointer stored(const std::string& id, const std::string& version) const;
  schemas::result<rule_pointer> version_meant(const std::string& id,
                                              const std::string& version) const;

  /// Appends and waits for the view to tell it; when that takes long, the write is durable anyway.
  schemas::result<void> write(const std::string& id, const rule_head& head,
                              const state::rules::compiled_rule* document);

  actors::catalog_log& log_;
  look look_;
  std::mutex mutex_; // One publisher at a time.
};

/// Looks until `is_told`, or two seconds: what was written is durable anyway, but whoever reads
/// next should see it.
void wait_for_view(const std::function<bool()>& is_told);

/// How many rules are in force; those that are tried are not.
std::size_t active_rules(const actors::catalog_view& catalog);

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
