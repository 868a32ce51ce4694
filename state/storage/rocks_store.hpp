#pragma once

#include "state/storage/disk_space.hpp"
#include "state/storage/rocks_budget.hpp"
#include "state/user_store.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>

namespace laurel::state {

struct rocks_store_settings {
  std::size_t write_buffer_bytes = 8U << 20;     // A memtable; bounds the tail to replay by size.
  std::chrono::milliseconds flush_after{30'000}; // Bounds it by time.
  std::uint64_t reserve_bytes = 64ULL << 20;     // Free space below which `apply` is refused.
  free_bytes_function free = free_bytes;
  /// Tells how long something took, never what time it is.
  std::function<std::chrono::steady_clock::time_point()> now = std::chrono::steady_clock::now;
};

/// The committed state of one task in a RocksDB directory of its own.
///
/// There is no write-ahead log: the changelog is the log, and after a crash the store is at some
/// earlier position with exactly the rows of that position. One column family holds everything, so
/// a flush cannot tear rows from the position. Owned by the task; any thread reads, one applies.
class rocks_store final : public user_store {
public:
  /// Opens or makes the store. Fails with `refused` only if the directory is in use, `corrupt` if
  /// it is damaged (see `quarantine_store`), `transient` otherwise.
  [[nodiscard]] static schemas::result<std::unique_ptr<rocks_store>>
  open(const std::filesystem::path& directory, std::shared_ptr<const rocks_budget> budget,
       rocks_store_settings settings = {});

  ~rocks_store() override; // Flushes what is in memory, as a clean end should.

  schemas::result<std::optional<std::int64_t>> changelog_position() const override;
  schemas::result<std::optional<std::string>> meta() const override;
  schemas::result<std::vector<user_rows>>
  read(std::span<const std::string> user_ids) const override;
  schemas::result<std::vector<std::optional<std::string>>>
  values(std::span<const std::string> keys) const override;
  schemas::result<due_timers> due(const timer_query& query) const override;
  schemas::result<std::vector<row>> scan(std::string_view prefix) const override;

  /// Also starts a flush, without waiting for it, once rows have waited for `flush_after`. If an
  /// earlier background error stopped RocksDB, tries to go on where it stopped.
  schemas::result<void> apply(std::span<const row> rows, std::int64_t changelog_position) override;
  schemas::result<void> for_each(
    const std::function<void(std::string_view key, std::string_view value)>& visit) const override;
  schemas::result<void> flush() override;

private:
  struct impl;
  explicit rocks_store(std::unique_ptr<impl> parts);

  std::unique_ptr<impl> impl_;
};

/// Moves a damaged store aside, for people to look at, so that the directory can be rebuilt from
/// the changelog. One is kept: an older one is deleted. Returns where it is now.
[[nodiscard]] schemas::result<std::filesystem::path>
quarantine_store(const std::filesystem::path& directory);

} // namespace laurel::state
