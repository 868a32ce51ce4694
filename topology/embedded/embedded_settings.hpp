#pragma once

#include "state/storage/disk_space.hpp"
#include "state/storage/rocks_budget.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>

namespace laurel::topology {

/// What the log waits for before it says that something is written.
enum class durability {
  synced,   // The disk has it: nothing acknowledged is ever lost. The default.
  buffered, // The kernel has it: survives the death of the process, not of the machine.
  scratch,  // Memory has it: for a log that is thrown away, as `laurel replay` makes one.
};

/// Settings of the embedded log; the names in brackets are the keys of the configuration.
struct embedded_settings {
  std::filesystem::path directory;             // Of the log alone.
  std::int32_t partitions = 12;                // Final once made; 0 takes what an existing log has.
  durability sync = durability::synced;        // embedded.sync
  std::uint64_t retention_bytes = 1ULL << 30;  // embedded.retention_bytes; 0: without limit.
  std::uint64_t reserve_bytes = 256ULL << 20;  // embedded.reserve_bytes; 0: without check.
  std::uint64_t clean_bytes_min = 16ULL << 20; // New bytes that make compaction worth it.
  std::int64_t tombstone_retention_ms = 86'400'000; // How long compaction keeps a deletion.
  std::size_t feed_batch_bytes = 256U << 10;        // One delivery holds about so much,
  std::size_t feed_credit_bytes = 4U << 20;         // and an input of a partition so much at once.
  std::size_t write_buffer_bytes = 16U << 20;
  std::shared_ptr<const state::rocks_budget> budget; // Made by `open` if null.

  // The world, so that tests can be it.
  state::free_bytes_function free = state::free_bytes;
  std::function<std::int64_t()> now_ms = [] {
    return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
  };
};

} // namespace laurel::topology
