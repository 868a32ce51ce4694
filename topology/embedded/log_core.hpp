#pragma once

#include "schemas/base/result.hpp"
#include "schemas/event.hpp"
#include "state/storage/directory_lock.hpp"
#include "topology/embedded/change_signal.hpp"
#include "topology/embedded/embedded_settings.hpp"
#include "topology/embedded/log_layout.hpp"
#include "topology/embedded/record_batch.hpp"

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string>
#include <vector>

namespace rocksdb {
class DB;
class WriteBatch;
} // namespace rocksdb

namespace laurel::topology::embedded {

/// Everything the log knows besides the records: small, in memory, written with every change.
struct log_state {
  std::map<slot, partition_state> partitions;
  std::vector<std::array<std::int64_t, schemas::input_count>> committed; // -1: none. By partition.
  std::vector<std::int64_t> epochs;                                      // By partition.
};

/// What a request may do inside a group of writes. A request that fails has changed nothing: it
/// checks first and writes then.
class log_transaction {
public:
  log_transaction(const log_state& before, rocksdb::WriteBatch& batch, std::int64_t now_ms);

  /// Gives the batch its offsets and its append time (`append_ms`, or now).
  void append(slot to, record_batch_builder records, std::optional<std::int64_t> append_ms = {});
  void set_committed(std::int32_t partition, std::size_t input, std::int64_t next_offset);
  void set_epoch(std::int32_t partition, std::int64_t epoch);
  std::int64_t epoch(std::int32_t partition) const;
  const partition_state& state_of(slot where) const;

  /// For the janitor: deletes batches below `offset`, which took `bytes`.
  void drop_below(slot where, std::int64_t offset, std::int64_t bytes);
  /// For the janitor: replaces the stored batches with last offsets in [first, last] by one.
  struct replacement {
    std::int64_t first_key = 0;
    std::int64_t last_key = 0;
    std::string batch; // Lies under `last_key`; empty: nothing is left of them.
    std::int64_t bytes_before = 0;
  };
  void replace(slot where, const replacement& by);
  void set_state(slot where, const partition_state& state);

  bool empty() const;

private:
  friend class log_core;
  partition_state& change(slot where);
  void finish();

  const log_state& before_;
  rocksdb::WriteBatch& batch_;
  std::int64_t now_ms_;
  std::map<slot, partition_state> partitions_;
  std::map<std::pair<std::int32_t, std::size_t>, std::int64_t> committed_;
  std::map<std::int32_t, std::int64_t> epochs_;
};

/// Stored batches, in order, and where to read on.
struct stored_run {
  std::deque<std::string> batches; // Never moved, so that views into them stay valid.
  std::vector<std::int64_t> keys;  // The last offset each lies under.
  std::int64_t next_offset = 0;
  bool at_end = false;
};

/// The database under the embedded log: one writer at a time, in groups; any number of readers.
///
/// Requests that arrive while a group is being written wait and become the next group, which one
/// of the waiting threads writes with one synced write. So offsets follow one total order, nothing
/// is seen before it is durable, and many appends share one sync. Safe from any thread.
class log_core {
public:
  /// Fails with `refused` only if another process (or log object) holds the directory,
  /// `bad_setting` if it was made with another number of partitions, `corrupt` if damaged.
  [[nodiscard]] static schemas::result<std::shared_ptr<log_core>> open(embedded_settings settings);
  ~log_core();

  using request = std::function<schemas::result<void>(log_transaction&)>;

  /// How much of the disk's reserve a request may use: work that was taken in may be finished
  /// when new work is already refused, and dropping data is always allowed.
  enum class purpose { ingest, commit, upkeep };

  /// Runs `work` and makes it durable. Fails with what `work` fails with, or `transient`.
  [[nodiscard]] schemas::result<void> write(purpose why, const request& work);

  /// Batches from the one that holds `from` on, at least one if there is any, until `bytes_max`.
  [[nodiscard]] schemas::result<stored_run> read(slot where, std::int64_t from,
                                                 std::size_t bytes_max) const;

  partition_state state_of(slot where) const;
  std::array<std::int64_t, schemas::input_count> committed(std::int32_t partition) const;
  std::int32_t partitions() const { return settings_.partitions; }
  const embedded_settings& settings() const { return settings_; }

  /// Bytes in topics that retention bounds.
  std::int64_t retained_bytes() const;

  /// Asks for the space of a dropped range back; slow, for the janitor.
  void reclaim(slot where, std::int64_t below_offset);

  /// Held shared by a replay; compaction takes it to remove deletions.
  std::shared_mutex& replays() { return replays_; }

  /// `signal` is raised after each write from now on, until it is unsubscribed.
  void subscribe(std::shared_ptr<change_signal> signal);
  void unsubscribe(const std::shared_ptr<change_signal>& signal);

private:
  struct pending;
  log_core(embedded_settings settings, state::directory_lock lock);

  schemas::result<void> load();
  schemas::result<void> load_layout();
  schemas::result<void> load_numbers();
  void run_group(const std::vector<pending*>& group);
  void run_requests(const std::vector<pending*>& group, log_transaction& transaction);
  schemas::result<void> store(rocksdb::WriteBatch& batch);
  void publish(const log_transaction& done);
  schemas::result<std::optional<std::string>> get(const std::string& key) const;

  embedded_settings settings_;
  state::directory_lock lock_;
  std::unique_ptr<rocksdb::DB> db_;
  bool stopped_ = false; // RocksDB refuses writes since one failed. Of the leading thread.

  std::mutex queue_mutex_;
  std::condition_variable queue_changed_;
  std::deque<pending*> queue_;
  bool leading_ = false;

  mutable std::shared_mutex state_mutex_;
  log_state state_; // Written by the leading thread only, under the mutex.

  std::shared_mutex replays_;

  std::mutex signals_mutex_;
  std::vector<std::shared_ptr<change_signal>> signals_;
};

} // namespace laurel::topology::embedded
