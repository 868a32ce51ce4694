#pragma once

#include "schemas/base/result.hpp"

#include <filesystem>
#include <utility>

namespace laurel::state {

/// Holds a directory for this process: an advisory lock on the file `owner` in it, which also
/// names the holder for people. The kernel lets go of it when the process ends, however it ends,
/// so there is no stale lock to clean up.
class directory_lock {
public:
  /// Makes the directory if needed. Fails with `refused`, naming the holder, if another process
  /// (or another lock of this one) holds it.
  [[nodiscard]] static schemas::result<directory_lock>
  acquire(const std::filesystem::path& directory);

  ~directory_lock();
  directory_lock(directory_lock&& other) noexcept
      : descriptor_(std::exchange(other.descriptor_, -1)) {}
  directory_lock& operator=(directory_lock&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
  }

private:
  explicit directory_lock(int descriptor) : descriptor_(descriptor) {}

  int descriptor_ = -1;
};

} // namespace laurel::state
