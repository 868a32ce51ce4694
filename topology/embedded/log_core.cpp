#include "topology/embedded/log_core.hpp"

#include "state/storage/rocks_options.hpp"
#include "state/storage/rocks_status.hpp"

#include <rocksdb/convenience.h>
#include <rocksdb/db.h>
#include <rocksdb/write_batch.h>

#include <algorithm>
#include <array>
#include <system_error>
#include <utility>

namespace laurel::topology::embedded {

namespace {

constexpr std::size_t group_requests_max = 256;
constexpr std::uint64_t wal_bytes_max = 64U << 20;
constexpr std::uint64_t level_one_bytes = 256U << 20;
constexpr std::uint64_t file_bytes = 32U << 20;
constexpr std::int64_t layout_version = 1;

rocksdb::Options log_options(const embedded_settings& settings) {
  auto options = state::common_options(*settings.budget, settings.write_buffer_bytes);
  // Records go by once, in big runs; these buffers would push the stores' out of the budget that
  // they share, so the log has its own: three at most.
  options.write_buffer_manager = nullptr;
  options.compaction_style = rocksdb::kCompactionStyleLevel;
  options.target_file_size_base = file_bytes;
  options.max_bytes_for_level_base = level_one_bytes;
  options.max_total_wal_size = wal_bytes_max;
  options.enable_pipelined_write = false;
  options.allow_concurrent_memtable_write = false; // One thread at a time writes.
  options.wal_recovery_mode = rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;
  options.wal_bytes_per_sync = 1U << 20;
  if (settings.sync == durability::scratch) {
    options.disable_auto_compactions = true;
    options.level0_slowdown_writes_trigger = 1 << 20;
    options.level0_stop_writes_trigger = 1 << 20;
    options.avoid_flush_during_shutdown = true;
  }
  return options;
}

std::string_view view(const rocksdb::Slice& slice) {
  return {slice.data(), slice.size()};
}

tl::unexpected<schemas::error> cannot(const rocksdb::Status& status, std::string_view doing) {
  return tl::unexpected(state::to_error(status, doing));
}

/// A directory that has files and not `CURRENT` is a log that lost its head; RocksDB would make a
/// new one and delete the rest.
schemas::result<bool> is_new(const std::filesystem::path& directory) {
  std::error_code fault;
  if (std::filesystem::exists(directory / "CURRENT", fault))
    return false;
  for (const auto& entry : std::filesystem::directory_iterator(directory, fault)) {
    if (entry.path().extension() == ".sst" || entry.path().extension() == ".log")
      return schemas::failure(schemas::errc::corrupt,
                              directory.string()
                                + " holds a log without its file CURRENT; put the "
                                  "file back, or move the directory away");
  }
  return true;
}

} // namespace

/// A request in the queue, on the stack of the thread that waits for it.
struct log_core::pending {
  purpose why;
  const request* work;
  schemas::result<void> outcome;
  bool done = false;
};

log_core::log_core(embedded_settings settings, state::directory_lock lock)
    : settings_(std::move(settings)), lock_(std::move(lock)) {}

log_core::~log_core() = default;

// -- opening ----------------------------------------------------------------------

schemas::result<std::shared_ptr<log_core>> log_core::open(embedded_settings settings) {
  if (!settings.budget)
    settings.budget = std::make_shared<const state::rocks_budget>();
  std::error_code fault;
  if (settings.partitions < 1 && !std::filesystem::exists(settings.directory / "CURRENT", fault))
    return schemas::failure(schemas::errc::not_found,
                            "there is no log in " + settings.directory.string());
  auto lock = state::directory_lock::acquire(settings.directory);
  if (!lock)
    return tl::unexpected(lock.error());
  const auto fresh = is_new(settings.directory);
  if (!fresh)
    return tl::unexpected(fresh.error());
  auto options = log_options(settings);
  options.create_if_missing = *fresh;
  rocksdb::DB* db = nullptr;
  const auto status = rocksdb::DB::Open(options, settings.directory.string(), &db);
  if (!status.ok())
    return tl::unexpected(state::to_open_error(status, settings.directory.string()));
  std::shared_ptr<log_core> core(new log_core(std::move(settings), std::move(*lock)));
  core->db_.reset(db);
  if (auto loaded = core->load(); !loaded)
    return tl::unexpected(loaded.error());
  return core;
}

schemas::result<std::optional<std::string>> log_core::get(const std::string& key) const {
  std::string value;
  const auto status = db_->Get(rocksdb::ReadOptions(), key, &value);
  if (status.IsNotFound())
    return std::nullopt;
  if (!status.ok())
    return cannot(status, "read the log in " + settings_.directory.string());
  return value;
}

/// The layout row: version and number of partitions.
schemas::result<void> log_core::load_layout() {
  const auto stored = get(std::string(layout_key));
  if (!stored)
    return tl::unexpected(stored.error());
  if (*stored && (*stored)->size() != 16)
    return schemas::failure(schemas::errc::corrupt, "the layout of the log is damaged");
  if (*stored) {
    const auto version = *decode_number(std::string_view(**stored).substr(0, 8));
    const auto count = *decode_number(std::string_view(**stored).substr(8));
    if (version != layout_version)
      return schemas::failure(schemas::errc::bad_setting, settings_.directory.string()
                                                            + " was written by another version "
                                                              "of laurel");
    if (settings_.partitions != 0 && settings_.partitions != count)
      return schemas::failure(schemas::errc::bad_setting,
                              settings_.directory.string() + " was made with "
                                + std::to_string(count) + " partitions, which is final, and "
                                + std::to_string(settings_.partitions) + " are set");
    settings_.partitions = static_cast<std::int32_t>(count);
    return {};
  }
  if (settings_.partitions < 1)
    return schemas::failure(schemas::errc::corrupt, "the log in " + settings_.directory.string()
                                                      + " has no layout; it was never made whole");
  rocksdb::WriteOptions options;
  options.sync = settings_.sync == durability::synced;
  const auto status = db_->Put(options, std::string(layout_key),
                               encode_number(layout_version) + encode_number(settings_.partitions));
  if (!status.ok())
    return cannot(status, "write the log in " + settings_.directory.string());
  return {};
}

schemas::result<void> log_core::load_numbers() {
  const auto read = [this](const std::string& key,
                           std::int64_t otherwise) -> schemas::result<std::int64_t> {
    const auto bytes = get(key);
    if (!bytes)
      return tl::unexpected(bytes.error());
    return *bytes ? decode_number(**bytes) : otherwise;
  };
  for (std::int32_t partition = 0; partition < settings_.partitions; ++partition) {
    auto& offsets = state_.committed.emplace_back();
    for (std::size_t input = 0; input < offsets.size(); ++input) {
      const auto offset = read(committed_key(partition, input), -1);
      if (!offset)
        return tl::unexpected(offset.error());
      offsets[input] = *offset;
    }
    const auto epoch = read(epoch_key(partition), 0);
    if (!epoch)
      return tl::unexpected(epoch.error());
    state_.epochs.push_back(*epoch);
  }
  return {};
}

schemas::result<void> log_core::load() {
  if (auto done = load_layout(); !done)
    return done;
  for (const auto which : all_topics) {
    for (std::int32_t partition = 0; partition < partitions_of(which, settings_.partitions);
         ++partition) {
      const auto bytes = get(partition_key({which, partition}));
      if (!bytes)
        return tl::unexpected(bytes.error());
      auto state = *bytes ? decode_partition(**bytes) : partition_state{};
      if (!state)
        return tl::unexpected(state.error());
      state_.partitions.emplace(slot{which, partition}, *state);
    }
  }
  return load_numbers();
}

// -- writing ----------------------------------------------------------------------

schemas::result<void> log_core::write(purpose why, const request& work) {
  pending mine{why, &work, {}};
  std::unique_lock lock(queue_mutex_);
  queue_.push_back(&mine);
  while (!mine.done) {
    if (leading_) {
      queue_changed_.wait(lock);
      continue;
    }
    leading_ = true;
    const auto count = static_cast<std::ptrdiff_t>(std::min(queue_.size(), group_requests_max));
    const std::vector<pending*> group(queue_.begin(), queue_.begin() + count);
    queue_.erase(queue_.begin(), queue_.begin() + count);
    lock.unlock();
    run_group(group);
    lock.lock();
    for (auto* each : group)
      each->done = true;
    leading_ = false;
    queue_changed_.notify_all();
  }
  return std::move(mine.outcome);
}

void log_core::run_group(const std::vector<pending*>& group) {
  rocksdb::WriteBatch batch;
  log_transaction transaction(state_, batch, settings_.now_ms());
  run_requests(group, transaction);
  if (transaction.empty())
    return;
  transaction.finish();
  if (auto stored = store(batch); !stored) {
    for (auto* each : group) {
      if (each->outcome)
        each->outcome = stored;
    }
    return;
  }
  publish(transaction);
}

/// Asks for the free space once for all, then lets each request that has room do its part.
void log_core::run_requests(const std::vector<pending*>& group, log_transaction& transaction) {
  const auto& path = settings_.directory;
  const auto room = state::check_free_space(path, settings_.reserve_bytes, settings_.free);
  const auto commit_room =
    room ? room : state::check_free_space(path, settings_.reserve_bytes / 2, settings_.free);
  for (auto* each : group) {
    if (each->why == purpose::ingest && !room)
      each->outcome = room;
    else if (each->why == purpose::commit && !commit_room)
      each->outcome = commit_room;
    else
      each->outcome = (*each->work)(transaction);
  }
}

/// A failed write leaves RocksDB refusing all others until it could write its memory out under a
/// new log file, without the failed write. Until then everything fails, so that nobody acts on an
/// outcome which a crash could still turn round.
schemas::result<void> log_core::store(rocksdb::WriteBatch& batch) {
  if (stopped_) {
    if (const auto resumed = db_->Resume(); !resumed.ok())
      return cannot(resumed, "write the log in " + settings_.directory.string());
    stopped_ = false;
  }
  rocksdb::WriteOptions options;
  options.sync = settings_.sync == durability::synced;
  options.disableWAL = settings_.sync == durability::scratch;
  const auto status = db_->Write(options, &batch);
  if (status.ok())
    return {};
  stopped_ = !db_->Resume().ok();
  return cannot(status, "write the log in " + settings_.directory.string());
}

void log_core::publish(const log_transaction& done) {
  {
    const std::unique_lock lock(state_mutex_);
    for (const auto& [where, state] : done.partitions_)
      state_.partitions[where] = state;
    for (const auto& [which, offset] : done.committed_)
      state_.committed[static_cast<std::size_t>(which.first)][which.second] = offset;
    for (const auto& [partition, epoch] : done.epochs_)
      state_.epochs[static_cast<std::size_t>(partition)] = epoch;
  }
  const std::lock_guard lock(signals_mutex_);
  for (const auto& signal : signals_)
    signal->raise();
}

void log_core::reclaim(slot where, std::int64_t below_offset) {
  const auto first = batch_key(where, 0);
  const auto last = batch_key(where, below_offset);
  const rocksdb::Slice begin(first);
  const rocksdb::Slice end(last);
  // Only space is at stake: a failure leaves it to the next compaction.
  rocksdb::DeleteFilesInRange(db_.get(), db_->DefaultColumnFamily(), &begin, &end, false)
    .PermitUncheckedError();
  rocksdb::CompactRangeOptions options;
  options.exclusive_manual_compaction = false;
  db_->CompactRange(options, &begin, &end).PermitUncheckedError();
}

// -- reading ----------------------------------------------------------------------

schemas::result<stored_run> log_core::read(slot where, std::int64_t from,
                                           std::size_t bytes_max) const {
  stored_run run;
  const auto end = state_of(where).next_offset;
  run.next_offset = from;
  run.at_end = from >= end;
  if (run.at_end)
    return run;
  const auto limit = batch_key(where, end);
  const rocksdb::Slice upper_bound(limit);
  rocksdb::ReadOptions options;
  options.iterate_upper_bound = &upper_bound;
  const std::unique_ptr<rocksdb::Iterator> at(db_->NewIterator(options));
  std::size_t bytes = 0;
  for (at->Seek(batch_key(where, from)); at->Valid() && bytes < bytes_max; at->Next()) {
    run.batches.push_back(at->value().ToString());
    run.keys.push_back(last_offset_of(view(at->key())));
    bytes += run.batches.back().size();
    run.next_offset = run.keys.back() + 1;
  }
  if (!at->status().ok())
    return cannot(at->status(), "read the log in " + settings_.directory.string());
  if (!at->Valid())
    run.next_offset = end; // Compaction may have emptied the last batches.
  run.at_end = run.next_offset >= end;
  return run;
}

partition_state log_core::state_of(slot where) const {
  const std::shared_lock lock(state_mutex_);
  return state_.partitions.at(where);
}

std::array<std::int64_t, schemas::input_count> log_core::committed(std::int32_t partition) const {
  const std::shared_lock lock(state_mutex_);
  return state_.committed.at(static_cast<std::size_t>(partition));
}

std::int64_t log_core::retained_bytes() const {
  const std::shared_lock lock(state_mutex_);
  std::int64_t bytes = 0;
  for (const auto& [where, state] : state_.partitions)
    bytes += is_compacted(where.of) ? 0 : state.bytes;
  return bytes;
}

void log_core::subscribe(std::shared_ptr<change_signal> signal) {
  const std::lock_guard lock(signals_mutex_);
  signals_.push_back(std::move(signal));
}

void log_core::unsubscribe(const std::shared_ptr<change_signal>& signal) {
  const std::lock_guard lock(signals_mutex_);
  std::erase(signals_, signal);
}

} // namespace laurel::topology::embedded
