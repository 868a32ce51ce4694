#pragma once

#include "api/operations.hpp"
#include "schemas/event.hpp"
#include "topology/dead_letters.hpp"
#include "topology/engine.hpp"
#include "topology/log_bundle.hpp"

#include <array>
#include <string>

namespace laurel::topology {

/// What operators ask the running engine. Safe from any thread.
class pipeline_operations final : public api::operations {
public:
  using topics = std::array<std::string, schemas::input_count>;

  /// Both outlive it; `inputs` are the topics as dead letters name them.
  pipeline_operations(const engine& running, log_bundle& log, const topics& inputs);

  schemas::result<std::vector<std::int32_t>>
  order_tasks(const std::vector<std::int32_t>& partitions, actors::task_order what,
              const std::string& reason) override;
  schemas::result<api::letter_page> letters(const api::letter_filter& which) override;
  schemas::result<api::settle_outcome>
  settle_letters(const api::letter_filter& which, api::settlement how, bool is_rehearsal) override;
  schemas::result<std::vector<api::parked_user>> parked_users() override;
  schemas::result<std::uint64_t> unpark(const std::string& user_id) override;

private:
  const engine& engine_;
  std::int32_t partition_count_;
  dead_letters letters_;
};

/// The same for one command when no process runs: letters lie in the log, but there are no tasks.
class offline_operations final : public api::operations {
public:
  offline_operations(log_bundle& log, const pipeline_operations::topics& inputs);

  schemas::result<std::vector<std::int32_t>>
  order_tasks(const std::vector<std::int32_t>& partitions, actors::task_order what,
              const std::string& reason) override;
  schemas::result<api::letter_page> letters(const api::letter_filter& which) override;
  schemas::result<api::settle_outcome>
  settle_letters(const api::letter_filter& which, api::settlement how, bool is_rehearsal) override;
  schemas::result<std::vector<api::parked_user>> parked_users() override;
  schemas::result<std::uint64_t> unpark(const std::string& user_id) override;

private:
  dead_letters letters_;
};

} // namespace laurel::topology
