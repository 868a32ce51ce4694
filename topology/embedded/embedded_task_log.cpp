#include "topology/embedded/embedded_task_log.hpp"

#include "topology/embedded/record_writer.hpp"

#include <algorithm>
#include <mutex>
#include <shared_mutex>
#include <utility>
#include <vector>

namespace laurel::topology::embedded {

namespace {

constexpr std::size_t replay_read_bytes = 1U << 20;

constexpr std::array<topic, actors::output_count> output_topics{
  topic::grants, topic::dlq, topic::late, topic::notifications, topic::trials};

/// A transaction's records, built before the log's queue is entered.
struct prepared_commit {
  std::array<record_writer, actors::output_count> outputs;
  record_writer changelog;
};

prepared_commit prepare(const actors::commit_batch& batch) {
  prepared_commit built;
  for (const auto& record : batch.outputs)
    built.outputs[static_cast<std::size_t>(record.to)].add(record.key, record.value,
                                                           record.headers);
  for (const auto& row : batch.rows)
    built.changelog.add(row.key, row.value, batch.changelog_headers);
  return built;
}

/// The changelog rows of a run from `from` on.
schemas::result<std::vector<state::row>> rows_of(const stored_run& run, std::int64_t from) {
  std::vector<state::row> rows;
  for (const auto& bytes : run.batches) {
    const auto read = visit_records(bytes, from, [&](const record_view& record) {
      auto& row = rows.emplace_back();
      row.key = record.key.value_or(std::string_view{});
      if (record.value)
        row.value.emplace(*record.value);
      return true;
    });
    if (!read)
      return tl::unexpected(read.error());
  }
  return rows;
}

} // namespace

schemas::result<void> embedded_task_log::fence() {
  std::int64_t epoch = 0;
  const auto done = core_->write(log_core::purpose::commit, [&](log_transaction& transaction) {
    epoch = transaction.epoch(partition_) + 1;
    transaction.set_epoch(partition_, epoch);
    return schemas::result<void>{};
  });
  if (done)
    epoch_ = epoch;
  return done;
}

schemas::result<actors::input_offsets> embedded_task_log::committed_offsets() {
  return core_->committed(partition_);
}

schemas::result<actors::input_offsets> embedded_task_log::first_offsets() {
  actors::input_offsets first{};
  for (std::size_t i = 0; i < first.size(); ++i)
    first[i] = core_->state_of({input_topics[i], partition_}).first_offset;
  return first;
}

/// Fails with `corrupt` for a store that cannot be brought up to date, so that it is rebuilt. One
/// at position 0 holds nothing, so no deletion can be news to it.
schemas::result<void> embedded_task_log::check_position(std::int64_t position,
                                                        const partition_state& state) const {
  const auto name = "changelog position " + std::to_string(position) + " of partition "
                    + std::to_string(partition_);
  if (position < 0 || position > state.next_offset)
    return schemas::failure(schemas::errc::corrupt, name + " is past the end of the log, which is "
                                                      + std::to_string(state.next_offset)
                                                      + "; rebuild the store from the log");
  if (position > 0 && position < state.tombstones_from)
    return schemas::failure(schemas::errc::corrupt,
                            name + " is older than what the log remembers deletions of, which is "
                              + std::to_string(state.tombstones_from)
                              + "; rebuild the store from the log");
  return {};
}

schemas::result<std::int64_t> embedded_task_log::replay(std::optional<std::int64_t> position,
                                                        const actors::replay_sink& sink) {
  const slot where{topic::changelog, partition_};
  const std::shared_lock deletions_stay(core_->replays());
  const auto state = core_->state_of(where);
  auto next = position.value_or(0);
  if (auto fine = check_position(next, state); !fine)
    return tl::unexpected(fine.error());
  const auto end = state.next_offset;
  while (next < end) {
    const auto run = core_->read(where, next, replay_read_bytes);
    if (!run)
      return tl::unexpected(run.error());
    const auto rows = rows_of(*run, next);
    if (!rows)
      return tl::unexpected(rows.error());
    next = run->next_offset;
    if (auto taken = sink(*rows, next); !taken)
      return tl::unexpected(taken.error());
  }
  return next;
}

actors::commit_outcome embedded_task_log::commit(const actors::commit_batch& batch) {
  using kind = actors::commit_outcome::kind;
  if (!epoch_)
    return {kind::aborted, 0, "the task was never fenced"};
  auto built = prepare(batch);
  std::int64_t position = 0;
  const auto work = [&](log_transaction& transaction) -> schemas::result<void> {
    if (transaction.epoch(partition_) != *epoch_)
      return schemas::failure(schemas::errc::fenced,
                              "partition " + std::to_string(partition_) + " has a newer owner");
    for (std::size_t i = 0; i < built.outputs.size(); ++i)
      std::move(built.outputs[i]).append_to(transaction, {output_topics[i], partition_});
    const slot changelog{topic::changelog, partition_};
    std::move(built.changelog).append_to(transaction, changelog);
    for (std::size_t input = 0; input < batch.next_offset.size(); ++input) {
      if (batch.next_offset[input] >= 0)
        transaction.set_committed(partition_, input, batch.next_offset[input]);
    }
    position = transaction.state_of(changelog).next_offset;
    return {};
  };
  const auto done = core_->write(log_core::purpose::commit, work);
  if (done)
    return {kind::committed, position, {}};
  const bool fenced = done.error().code == schemas::errc::fenced;
  return {fenced ? kind::fenced : kind::aborted, 0, done.error().message};
}

schemas::result<std::unique_ptr<actors::task_log>>
embedded_task_logs::open(std::int32_t partition) {
  if (partition < 0 || partition >= core_->partitions())
    return schemas::failure(schemas::errc::bad_setting,
                            "the log has no partition " + std::to_string(partition));
  return std::make_unique<embedded_task_log>(core_, partition);
}

} // namespace laurel::topology::embedded
