#pragma once

#include "schemas/base/result.hpp"

#include <filesystem>

namespace laurel::topology {

/// Holds a directory for one process: an advisory lock on `DIR/laurel.lock`, which also names the
/// holder. The kernel lets go when the process ends, however it ends.
class directory_lock {
public:
  /// Makes the directory if it is not there. Fails with `refused` if another process holds it (the
  /// message names it) or it cannot be written.
  [[nodiscard]] static schemas::result<directory_lock>
  take(const std::filesystem::path& directory);

  /// Whether some process holds `directory` now.
  static bool is_held(const std::filesystem::path& directory);

  ~directory_lock();
  directory_lock(directory_lock&& other) noexcept;
  directory_lock& operator=(directory_lock&& other) noexcept;

private:
  explicit directory_lock(int file) : file_(file) {}

  int file_ = -1;
};

} // namespace laurel::topology
