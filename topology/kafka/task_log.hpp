#pragma once

#include "actors/ports.hpp"
#include "topology/kafka/group_member.hpp"
#include "topology/kafka/producer.hpp"
#include "topology/kafka/settings.hpp"

#include <cstdint>
#include <memory>

namespace laurel::topology::kafka {

/// One task's side of the log over a transactional producer whose id is "<group>-<partition>", so
/// that whoever takes the partition over fences whoever had it. Owned and used by one committer.
class transactional_log final : public actors::task_log {
public:
  transactional_log(const settings& from, std::int32_t partition, std::int32_t partition_count,
                    std::shared_ptr<group_member> member);

  schemas::result<void> fence() override;
  schemas::result<actors::input_offsets> committed_offsets() override;
  schemas::result<actors::input_offsets> first_offsets() override;
  schemas::result<std::int64_t> replay(std::optional<std::int64_t> position,
                                       const actors::replay_sink& sink) override;
  actors::commit_outcome commit(const actors::commit_batch& batch) override;

private:
  [[nodiscard]] schemas::result<void> open_producer(deadline until);
  step write(const actors::commit_batch& batch, deadline until);
  step send_all(const actors::commit_batch& batch, deadline until);
  step send_offsets(const actors::input_offsets& next, deadline until);
  actors::commit_outcome give_up(const setback& cause);
  actors::commit_outcome settle(const actors::commit_batch& batch, const setback& cause);
  actors::commit_outcome committed(std::int64_t meta_offset) const;
  offsets_ptr inputs() const;

  const settings& settings_;
  const std::int32_t partition_;
  const std::int32_t partition_count_;
  const std::shared_ptr<group_member> member_;
  std::unique_ptr<transactional_producer> producer_; // Null: not fenced yet, or given up.
};

/// Makes them. Outlives what it makes. Any thread.
class transactional_logs final : public actors::task_log_factory {
public:
  transactional_logs(const settings& from, std::int32_t partition_count,
                     std::shared_ptr<group_member> member)
      : settings_(from), partition_count_(partition_count), member_(std::move(member)) {}

  schemas::result<std::unique_ptr<actors::task_log>> open(std::int32_t partition) override {
    return std::make_unique<transactional_log>(settings_, partition, partition_count_, member_);
  }

private:
  const settings settings_;
  const std::int32_t partition_count_;
  const std::shared_ptr<group_member> member_;
};

} // namespace laurel::topology::kafka
