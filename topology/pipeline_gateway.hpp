#pragma once

#include "api/gateway.hpp"
#include "topology/badge_catalogue.hpp"
#include "topology/catalog_desk.hpp"
#include "topology/engine.hpp"
#include "topology/event_ingest.hpp"
#include "topology/log_bundle.hpp"
#include "topology/pipeline_operations.hpp"
#include "topology/rule_catalog.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <string>

namespace laurel::topology {

/// Answers the routes from the running engine: users from the committed stores, status from the
/// tasks, rules from the catalog; appends go to the log. Safe from any thread.
class pipeline_gateway final : public api::gateway {
public:
  struct identity {
    std::string instance;
    std::string log; // "embedded DIR" or "kafka LIST", for people.
    std::array<std::string, schemas::input_count> input_topics; // As dead letters name them.
    std::string erasure_secret{}; // See state/erasure.hpp; empty: there is none.
  };

  /// `keys` may be null: then there are none. All of it outlives the gateway.
  pipeline_gateway(const engine& running, log_bundle& log, identity who,
                   api::key_desk* keys = nullptr);

  schemas::result<state::user_view> user(const std::string& user_id) override;
  schemas::result<state::explanation> explain(state::explain_request what) override;
  schemas::result<api::status_report> status() override;
  schemas::result<std::vector<api::rule_summary>> rules() override;
  schemas::result<api::publish_outcome> publish_rule(const std::string& document) override;
  schemas::result<void> retire_rule(const std::string& id) override;
  api::key_desk* keys() override { return keys_; }
  schemas::result<api::append_outcome> append_events(std::span<const std::string> lines) override;
  schemas::result<api::append_outcome> append_traced(std::span<const std::string> lines,
                                                     std::string_view traceparent) override;
  schemas::result<void> append_command(const schemas::command& what) override;
  schemas::result<api::erasure_certificate> erasure(const std::string& user_id) override;
  schemas::result<void> append_traced(const schemas::command& what,
                                      std::string_view traceparent) override;
  api::rule_desk* rule_life() override { return &rules_; }
  api::catalogue_desk* catalogue() override { return &badges_; }
  api::operations* desk() override { return &desk_; }

private:
  schemas::result<std::shared_ptr<const state::user_store>>
  store_of(const std::string& user_id) const;
  std::shared_ptr<const state::rules::rule_book> book() const;

  const engine& engine_;
  log_bundle& log_;
  identity who_;
  event_ingest ingest_;
  rule_catalog catalog_;
  catalog_desk rules_;
  badge_catalogue badges_;
  api::key_desk* keys_;
  pipeline_operations desk_;
  std::chrono::steady_clock::time_point started_;
};

} // namespace laurel::topology
