#pragma once

#include "schemas/base/result.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>

namespace laurel::state {

/// Tells the bytes that are free for us on the disk that holds a path. Settings carry one, so that
/// a test can fill the disk.
using free_bytes_function =
  std::function<schemas::result<std::uint64_t>(const std::filesystem::path&)>;

/// The kernel's answer. Fails with `transient`.
[[nodiscard]] schemas::result<std::uint64_t> free_bytes(const std::filesystem::path& path);

/// An error with code `transient` that names the numbers, if less than `reserve` is free. RocksDB
/// may stop the process when its own write finds no room, so we look before we write.
[[nodiscard]] schemas::result<void> check_free_space(const std::filesystem::path& path,
                                                     std::uint64_t reserve,
                                                     const free_bytes_function& free);

} // namespace laurel::state
