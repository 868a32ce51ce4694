#pragma once

#include "api/rule_desk.hpp"
#include "topology/record_source.hpp"
#include "topology/rule_catalog.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <utility>

namespace laurel::topology {

/// The life of rules over a catalog, and what the trials topic says of those that are tried. Safe
/// from any thread.
class catalog_desk final : public api::rule_desk {
public:
  /// All of it outlives the desk. `ready` is asked before each call: nothing if the catalog has
  /// been read.
  catalog_desk(rule_catalog& catalog, record_source& records, std::int32_t partition_count,
               std::function<schemas::result<void>()> ready)
      : catalog_(catalog),
        records_(records),
        partition_count_(partition_count),
        ready_(std::move(ready)) {}

  schemas::result<api::publish_outcome> publish(const std::string& document,
                                                api::rule_stage as) override;
  schemas::result<api::publish_outcome> activate(const std::string& id,
                                                 const std::string& version) override;
  schemas::result<api::publish_outcome> roll_back(const std::string& id) override;
  schemas::result<void> end_trial(const std::string& id) override;
  schemas::result<std::vector<api::rule_version>> versions(const std::string& id) override;
  schemas::result<api::rule_trial> trial(const std::string& id) override;

private:
  rule_catalog& catalog_;
  record_source& records_;
  const std::int32_t partition_count_;
  const std::function<schemas::result<void>()> ready_;
};

} // namespace laurel::topology
