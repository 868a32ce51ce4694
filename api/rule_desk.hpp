#pragma once

#include "api/control_client.hpp"
#include "api/gateway.hpp"
#include "api/route_table.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace laurel::api {

/// What is to become of a document that is published.
enum class rule_stage : std::uint8_t {
  draft,  // Stored, and nothing else.
  shadow, // Tried on live events beside what is in force: it grants nothing.
  active, // In force.
};

/// A version of a rule that is stored.
struct rule_version {
  std::string version;
  std::string state;    // "active", "shadow", "draft"; "retired": it is not in force any more.
  std::string document; // Canonical JSON.
};

/// What a version that is tried would have made of the events since then.
struct rule_trial {
  struct badge {
    std::string badge_id;
    std::uint64_t grants = 0;          // That stand, also if they have ended.
    std::uint64_t users_ever = 0;      // Who would have been granted it,
    std::uint64_t users_holding = 0;   // and who would hold it now.
    std::vector<std::string> examples; // Some of those who would hold it, else had held it.
  };
  static constexpr std::size_t examples_max = 5; // For each badge.

  std::string id;
  std::string version;
  std::int64_t since_ms = 0; // When the trial began, by the wall clock.
  std::vector<badge> badges; // By name.
};

/// The life of rules: draft, shadow, active, retired, and back. The running process implements it,
/// `remote_rule_desk` over its socket, and the command line without a process. Calls may block;
/// safe from any thread. `not_found` if there is no such rule, version or trial.
class rule_desk {
public:
  virtual ~rule_desk() = default;

  /// Validates first; with faults nothing changes.
  [[nodiscard]] virtual schemas::result<publish_outcome> publish(const std::string& document,
                                                                 rule_stage as) = 0;

  /// Puts a stored version in force: the one whose name begins so; empty: the one that is tried,
  /// else the draft.
  [[nodiscard]] virtual schemas::result<publish_outcome> activate(const std::string& id,
                                                                  const std::string& version) = 0;

  /// Puts the version in force that was so before.
  [[nodiscard]] virtual schemas::result<publish_outcome> roll_back(const std::string& id) = 0;

  /// What would have been granted is forgotten.
  [[nodiscard]] virtual schemas::result<void> end_trial(const std::string& id) = 0;

  /// In the order in which they were stored.
  [[nodiscard]] virtual schemas::result<std::vector<rule_version>>
  versions(const std::string& id) = 0;

  [[nodiscard]] virtual schemas::result<rule_trial> trial(const std::string& id) = 0;
};

/// Handlers of /api/v1/rules/{rule}/... for the control socket alone.
void add_rule_life(handlers& to, gateway& pipeline);

/// The desk of another process.
class remote_rule_desk final : public rule_desk {
public:
  explicit remote_rule_desk(control_client& client) : client_(client) {}

  schemas::result<publish_outcome> publish(const std::string& document, rule_stage as) override;
  schemas::result<publish_outcome> activate(const std::string& id,
                                            const std::string& version) override;
  schemas::result<publish_outcome> roll_back(const std::string& id) override;
  schemas::result<void> end_trial(const std::string& id) override;
  schemas::result<std::vector<rule_version>> versions(const std::string& id) override;
  schemas::result<rule_trial> trial(const std::string& id) override;

private:
  control_client& client_;
};

/// {"versions": [...]}
std::string shown(const std::vector<rule_version>& versions);
std::string shown(const rule_trial& trial);

} // namespace laurel::api
