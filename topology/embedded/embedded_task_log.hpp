#pragma once

#include "actors/ports.hpp"
#include "topology/embedded/log_core.hpp"

#include <memory>
#include <optional>

namespace laurel::topology::embedded {

/// One task's side of the log: a commit is one atomic write of outputs, changelog and offsets.
/// Owners are told apart by an epoch that `fence` raises; a write of an earlier epoch is refused.
class embedded_task_log final : public actors::task_log {
public:
  embedded_task_log(std::shared_ptr<log_core> core, std::int32_t partition)
      : core_(std::move(core)), partition_(partition) {}

  schemas::result<void> fence() override;
  schemas::result<actors::input_offsets> committed_offsets() override;
  schemas::result<actors::input_offsets> first_offsets() override;
  schemas::result<std::int64_t> replay(std::optional<std::int64_t> position,
                                       const actors::replay_sink& sink) override;
  actors::commit_outcome commit(const actors::commit_batch& batch) override;

private:
  schemas::result<void> check_position(std::int64_t position, const partition_state& state) const;

  std::shared_ptr<log_core> core_;
  std::int32_t partition_;
  std::optional<std::int64_t> epoch_; // Ours, once fenced.
};

class embedded_task_logs final : public actors::task_log_factory {
public:
  explicit embedded_task_logs(std::shared_ptr<log_core> core) : core_(std::move(core)) {}

  /// Fails with `bad_setting` for a partition that the log does not have.
  schemas::result<std::unique_ptr<actors::task_log>> open(std::int32_t partition) override;

private:
  std::shared_ptr<log_core> core_;
};

} // namespace laurel::topology::embedded
