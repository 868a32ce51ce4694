#pragma once

#include "topology/embedded/embedded_log.hpp"

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <string>

namespace laurel::tests {

/// A directory that goes with the test.
class temp_directory {
public:
  temp_directory() {
    auto name = (std::filesystem::temp_directory_path() / "laurel-test-XXXXXX").string();
    path_ = ::mkdtemp(name.data());
  }
  ~temp_directory() {
    std::error_code fault; // A directory that is left over harms nobody.
    std::filesystem::remove_all(path_, fault);
  }
  temp_directory(const temp_directory&) = delete;
  temp_directory& operator=(const temp_directory&) = delete;

  const std::filesystem::path& path() const { return path_; }

private:
  std::filesystem::path path_;
};

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
