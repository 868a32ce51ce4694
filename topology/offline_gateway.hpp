#pragma once

#include "actors/journal.hpp"
#include "actors/takeover.hpp"
#include "api/gateway.hpp"
#include "state/storage/directory_lock.hpp"
#include "topology/badge_catalogue.hpp"
#include "topology/catalog_desk.hpp"
#include "topology/event_ingest.hpp"
#include "topology/key_registry.hpp"
#include "topology/open_log.hpp"
#include "topology/pipeline_operations.hpp"
#include "topology/rocks_stores.hpp"
#include "topology/rule_catalog.hpp"
#include "topology/settings.hpp"

#include <memory>
#include <optional>
#include <string>

namespace laurel::topology {

/// Answers one command when no process runs: holds the directory for as long as it lives, or, over
/// Kafka, only writes to topics. It evaluates nothing: what is sent waits for the next `serve`.
class offline_gateway final : public api::gateway {
public:
  [[nodiscard]] static schemas::result<std::unique_ptr<offline_gateway>>
  open(const settings& values, std::unique_ptr<actors::journal> journal);

  schemas::result<state::user_view> user(const std::string& user_id) override;
  schemas::result<state::explanation> explain(state::explain_request what) override;
  schemas::result<api::status_report> status() override;
  schemas::result<std::vector<api::rule_summary>> rules() override;
  schemas::result<api::publish_outcome> publish_rule(const std::string& document) override;
  schemas::result<void> retire_rule(const std::string& id) override;
  schemas::result<api::append_outcome> append_events(std::span<const std::string> lines) override;
  schemas::result<void> append_command(const schemas::command& what) override;
  schemas::result<api::erasure_certificate> erasure(const std::string& user_id) override;
  bool carries_out() const override { return false; }
  api::key_desk* keys() override;
  api::rule_desk* rule_life() override { return &rules_; }
  api::catalogue_desk* catalogue() override { return &badges_; }
  api::operations* desk() override { return &desk_; }

private:
  offline_gateway(std::unique_ptr<actors::journal> journal,
                  std::optional<state::directory_lock> lock, opened_log log,
                  std::optional<rocks_stores> stores, const settings& values);

  static event_ingest::erasures erasures_of(const settings& values);
  schemas::result<void> read_catalog();
  schemas::result<actors::opened_task> task_of(const std::string& user_id);
  std::shared_ptr<const state::rules::rule_book> book();

  std::unique_ptr<actors::journal> journal_;
  std::optional<state::directory_lock> lock_;
  opened_log log_;
  std::optional<rocks_stores> stores_; // Absent over Kafka: another process may own the tasks.
  event_ingest ingest_;
  followed_catalog followed_;
  rule_catalog catalog_;
  catalog_desk rules_;
  badge_catalogue badges_;
  offline_operations desk_;
  std::optional<std::pair<api::pepper, api::pepper>> peppers_; // Absent: there are no keys.
  std::optional<key_registry> keys_;                           // From the first question on.
  std::string erasure_secret_; // See state/erasure.hpp; empty: there is none.
  bool has_read_catalog_ = false;
};

} // namespace laurel::topology
