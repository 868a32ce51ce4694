#include "state/storage/rocks_store.hpp"

#include "schemas/base/failpoint.hpp"
#include "state/storage/local_rows.hpp"
#include "state/storage/rocks_options.hpp"
#include "state/storage/rocks_status.hpp"

#include <rocksdb/db.h>
#include <rocksdb/write_batch.h>

#include <algorithm>
#include <system_error>
#include <utility>

namespace laurel::state {

namespace {

using clock_point = std::chrono::steady_clock::time_point;

std::string_view view(const rocksdb::Slice& slice) {
  return {slice.data(), slice.size()};
}

rocksdb::Slice slice(std::string_view text) {
  return {text.data(), text.size()};
}

} // namespace

struct rocks_store::impl {
  std::shared_ptr<const rocks_budget> budget; // Outlives the database that uses it.
  rocks_store_settings settings;
  std::filesystem::path directory;
  std::unique_ptr<rocksdb::DB> db;
  std::optional<clock_point> unflushed_since; // Of the thread that applies.

  schemas::result<std::optional<std::string>> get(std::string_view key) const;
  schemas::result<user_rows> scan(std::string_view user_id) const;
  rocksdb::Status write(rocksdb::WriteBatch& batch);
  schemas::result<void> flush_by_time();
};

schemas::result<std::optional<std::string>> rocks_store::impl::get(std::string_view key) const {
  std::string value;
  const auto status = db->Get(rocksdb::ReadOptions(), slice(key), &value);
  if (status.IsNotFound())
    return std::nullopt;
  if (!status.ok())
    return tl::unexpected(to_error(status, "read the store in " + directory.string()));
  return value;
}

/// All rows of a user, the core record first. An iterator sees one state of the store, so a core
/// record and its other rows always belong together.
schemas::result<user_rows> rocks_store::impl::scan(std::string_view user_id) const {
  rocksdb::ReadOptions options;
  options.prefix_same_as_start = true;
  const auto prefix = user_prefix(user_id);
  const auto core = core_key(user_id);
  const std::unique_ptr<rocksdb::Iterator> at(db->NewIterator(options));
  user_rows rows;
  for (at->Seek(slice(prefix)); at->Valid() && at->key().starts_with(slice(prefix)); at->Next()) {
    rows.push_back({at->key().ToString(), at->value().ToString()});
    if (rows.back().key == core)
      std::rotate(rows.begin(), rows.end() - 1, rows.end());
  }
  if (!at->status().ok())
    return tl::unexpected(to_error(at->status(), "scan the store in " + directory.string()));
  return rows;
}

/// After a failed background flush RocksDB refuses writes until told to go on. Nothing is lost by
/// trying again: what could not be flushed is still in memory.
rocksdb::Status rocks_store::impl::write(rocksdb::WriteBatch& batch) {
  rocksdb::WriteOptions options;
  options.disableWAL = true;
  schemas::reach(schemas::failpoint::k8_in_store_write); // With a delay, in the middle of it.
  auto status = db->Write(options, &batch);
  if (!status.ok() && db->Resume().ok())
    status = db->Write(options, &batch);
  return status;
}

schemas::result<void> rocks_store::impl::flush_by_time() {
  const auto now = settings.now();
  if (!unflushed_since)
    unflushed_since = now;
  if (now - *unflushed_since < settings.flush_after)
    return {};
  rocksdb::FlushOptions options;
  options.wait = false;
  options.allow_write_stall = true;
  const auto status = db->Flush(options);
  // A flush that could not start is tried again at the next apply.
  if (status.ok())
    unflushed_since.reset();
  return {};
}

rocks_store::rocks_store(std::unique_ptr<impl> parts) : impl_(std::move(parts)) {}
rocks_store::~rocks_store() = default;

schemas::result<std::unique_ptr<rocks_store>>
rocks_store::open(const std::filesystem::path& directory,
                  std::shared_ptr<const rocks_budget> budget, rocks_store_settings settings) {
  std::error_code fault;
  std::filesystem::create_directories(directory, fault);
  const auto options = store_options(*budget, settings.write_buffer_bytes);
  rocksdb::DB* db = nullptr;
  const auto status = rocksdb::DB::Open(options, directory.string(), &db);
  if (!status.ok())
    return tl::unexpected(to_open_error(status, directory.string()));
  auto parts = std::make_unique<impl>();
  parts->budget = std::move(budget);
  parts->settings = std::move(settings);
  parts->directory = directory;
  parts->db.reset(db);
  return std::unique_ptr<rocks_store>(new rocks_store(std::move(parts)));
}

schemas::result<std::optional<std::int64_t>> rocks_store::changelog_position() const {
  const auto bytes = impl_->get(position_key);
  if (!bytes)
    return tl::unexpected(bytes.error());
  if (!*bytes)
    return std::nullopt;
  return decode_position(**bytes);
}

schemas::result<std::optional<std::string>> rocks_store::meta() const {
  return impl_->get(meta_key);
}

schemas::result<std::vector<user_rows>>
rocks_store::read(std::span<const std::string> user_ids) const {
  std::vector<std::string> keys;
  keys.reserve(user_ids.size());
  for (const auto& user_id : user_ids)
    keys.push_back(core_key(user_id));
  auto cores = values(keys);
  if (!cores)
    return tl::unexpected(cores.error());

  std::vector<user_rows> users(keys.size());
  for (std::size_t i = 0; i < keys.size(); ++i) {
    auto& core = (*cores)[i];
    if (!core)
      continue;
    if (!has_more_rows(*core)) {
      users[i].push_back({std::move(keys[i]), std::move(*core)});
      continue;
    }
    auto rows = impl_->scan(user_ids[i]);
    if (!rows)
      return tl::unexpected(rows.error());
    users[i] = std::move(*rows);
  }
  return users;
}

schemas::result<std::vector<std::optional<std::string>>>
rocks_store::values(std::span<const std::string> keys) const {
  const std::vector<rocksdb::Slice> slices(keys.begin(), keys.end());
  std::vector<rocksdb::PinnableSlice> values(keys.size());
  std::vector<rocksdb::Status> status(keys.size());
  impl_->db->MultiGet(rocksdb::ReadOptions(), impl_->db->DefaultColumnFamily(), keys.size(),
                      slices.data(), values.data(), status.data());
  std::vector<std::optional<std::string>> found(keys.size());
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (status[i].ok())
      found[i] = values[i].ToString();
    else if (!status[i].IsNotFound())
      return tl::unexpected(to_error(status[i], "read the store in " + impl_->directory.string()));
  }
  return found;
}

schemas::result<due_timers> rocks_store::due(const timer_query& query) const {
  rocksdb::ReadOptions options;
  options.prefix_same_as_start = true; // All timers share one prefix.
  const std::unique_ptr<rocksdb::Iterator> at(impl_->db->NewIterator(options));
  timer_scan scan(query);
  for (at->Seek(slice(scan.first_key())); at->Valid() && scan.take(view(at->key())); at->Next()) {
  }
  if (!at->status().ok())
    return tl::unexpected(
      to_error(at->status(), "read timers of the store in " + impl_->directory.string()));
  return scan.answer();
}

schemas::result<std::vector<row>> rocks_store::scan(std::string_view prefix) const {
  rocksdb::ReadOptions options;
  options.total_order_seek = true; // These prefixes are not those that filters know.
  const std::unique_ptr<rocksdb::Iterator> at(impl_->db->NewIterator(options));
  std::vector<row> rows;
  for (at->Seek(slice(prefix)); at->Valid() && at->key().starts_with(slice(prefix)); at->Next())
    rows.push_back({at->key().ToString(), at->value().ToString()});
  if (!at->status().ok())
    return tl::unexpected(to_error(at->status(), "scan the store in " + impl_->directory.string()));
  return rows;
}

schemas::result<void> rocks_store::apply(std::span<const row> rows,
                                         std::int64_t changelog_position) {
  if (auto room =
        check_free_space(impl_->directory, impl_->settings.reserve_bytes, impl_->settings.free);
      !room)
    return room;
  std::size_t bytes = 64;
  for (const auto& each : rows)
    bytes += each.key.size() + (each.value ? each.value->size() : 0) + 12;
  rocksdb::WriteBatch batch(bytes);
  rocksdb::Status status;
  for (const auto& each : rows) {
    status =
      each.value ? batch.Put(slice(each.key), slice(*each.value)) : batch.Delete(slice(each.key));
    if (!status.ok())
      return tl::unexpected(to_error(status, "build a write"));
  }
  status = batch.Put(slice(position_key), slice(encode_position(changelog_position)));
  if (status.ok())
    status = impl_->write(batch);
  if (!status.ok())
    return tl::unexpected(to_error(status, "write to the store in " + impl_->directory.string()));
  return impl_->flush_by_time();
}

schemas::result<void> rocks_store::for_each(
  const std::function<void(std::string_view key, std::string_view value)>& visit) const {
  rocksdb::ReadOptions options;
  options.total_order_seek = true; // Across users, which prefix filters know nothing of.
  options.fill_cache = false;
  const std::unique_ptr<rocksdb::Iterator> at(impl_->db->NewIterator(options));
  for (at->SeekToFirst(); at->Valid(); at->Next()) {
    if (view(at->key()) != position_key)
      visit(view(at->key()), view(at->value()));
  }
  if (!at->status().ok())
    return tl::unexpected(to_error(at->status(), "scan the store in " + impl_->directory.string()));
  return {};
}

schemas::result<void> rocks_store::flush() {
  auto status = impl_->db->Flush(rocksdb::FlushOptions());
  if (!status.ok() && impl_->db->Resume().ok())
    status = impl_->db->Flush(rocksdb::FlushOptions());
  if (!status.ok())
    return tl::unexpected(to_error(status, "flush the store in " + impl_->directory.string()));
  return {};
}

schemas::result<std::filesystem::path> quarantine_store(const std::filesystem::path& directory) {
  auto aside = directory;
  aside += ".corrupt";
  std::error_code fault;
  std::filesystem::remove_all(aside, fault);
  std::filesystem::rename(directory, aside, fault);
  if (fault)
    return schemas::failure(schemas::errc::transient, "cannot move " + directory.string() + " to "
                                                        + aside.string() + ": " + fault.message());
  return aside;
}

} // namespace laurel::state
