#include "schemas/base/check.hpp"
#include "topology/embedded/log_core.hpp"

#include <rocksdb/write_batch.h>

#include <algorithm>

namespace laurel::topology::embedded {

log_transaction::log_transaction(const log_state& before, rocksdb::WriteBatch& batch,
                                 std::int64_t now_ms)
    : before_(before), batch_(batch), now_ms_(now_ms) {}

namespace {

/// A write batch grows in memory, so it fails only if we misuse it.
void must(const rocksdb::Status& status) {
  CHECK_ALWAYS(status.ok());
}

} // namespace

const partition_state& log_transaction::state_of(slot where) const {
  const auto changed = partitions_.find(where);
  return changed != partitions_.end() ? changed->second : before_.partitions.at(where);
}

partition_state& log_transaction::change(slot where) {
  return partitions_.try_emplace(where, before_.partitions.at(where)).first->second;
}

void log_transaction::append(slot to, record_batch_builder records,
                             std::optional<std::int64_t> append_ms) {
  if (records.count() == 0)
    return;
  auto& state = change(to);
  const auto base = state.next_offset;
  const auto last = base + records.last_delta();
  // The clock may be set back; a record's time never lies before its predecessor's.
  const auto time = append_ms.value_or(std::max(now_ms_, state.last_append_ms));
  const auto bytes = std::move(records).finish(base, time);
  must(batch_.Put(batch_key(to, last), bytes));
  state.next_offset = last + 1;
  state.last_append_ms = std::max(time, state.last_append_ms);
  state.bytes += static_cast<std::int64_t>(bytes.size());
}

void log_transaction::set_committed(std::int32_t partition, std::size_t input,
                                    std::int64_t next_offset) {
  committed_[{partition, input}] = next_offset;
}

void log_transaction::set_epoch(std::int32_t partition, std::int64_t epoch) {
  epochs_[partition] = epoch;
}

std::int64_t log_transaction::epoch(std::int32_t partition) const {
  const auto changed = epochs_.find(partition);
  return changed != epochs_.end() ? changed->second
                                  : before_.epochs.at(static_cast<std::size_t>(partition));
}

void log_transaction::drop_below(slot where, std::int64_t offset, std::int64_t bytes) {
  must(batch_.DeleteRange(batch_key(where, 0), batch_key(where, offset)));
  auto& state = change(where);
  state.first_offset = offset;
  state.bytes -= bytes;
}

void log_transaction::replace(slot where, const replacement& by) {
  must(batch_.DeleteRange(batch_key(where, by.first_key), batch_key(where, by.last_key + 1)));
  if (!by.batch.empty())
    must(batch_.Put(batch_key(where, by.last_key), by.batch));
  change(where).bytes += static_cast<std::int64_t>(by.batch.size()) - by.bytes_before;
}

void log_transaction::set_state(slot where, const partition_state& state) {
  change(where) = state;
}

bool log_transaction::empty() const {
  return partitions_.empty() && committed_.empty() && epochs_.empty();
}

/// Writes what has changed besides the records.
void log_transaction::finish() {
  for (const auto& [where, state] : partitions_)
    must(batch_.Put(partition_key(where), encode(state)));
  for (const auto& [which, next_offset] : committed_)
    must(batch_.Put(committed_key(which.first, which.second), encode_number(next_offset)));
  for (const auto& [partition, epoch] : epochs_)
    must(batch_.Put(epoch_key(partition), encode_number(epoch)));
}

} // namespace laurel::topology::embedded
