#pragma once

#include "topology/embedded/embedded_log.hpp"

#include "tests/state/storage/temp_directory.hpp"

#include <filesystem>

namespace laurel::tests {

/// Small enough that every limit is met, and without the wait for a disk.
inline topology::embedded_settings small_settings(const std::filesystem::path& directory) {
  topology::embedded_settings settings;
  settings.directory = directory;
  settings.partitions = 3;
  settings.sync = topology::durability::buffered;
  settings.reserve_bytes = 0;
  settings.feed_batch_bytes = 16U << 10;
  settings.feed_credit_bytes = 64U << 10;
  settings.write_buffer_bytes = 1U << 20;
  return settings;
}

} // namespace laurel::tests
