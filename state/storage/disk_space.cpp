#include "state/storage/disk_space.hpp"

#include <cerrno>
#include <cstring>
#include <string>
#include <sys/statvfs.h>

namespace laurel::state {

schemas::result<std::uint64_t> free_bytes(const std::filesystem::path& path) {
  struct statvfs answer {};
  if (::statvfs(path.c_str(), &answer) != 0)
    return schemas::failure(schemas::errc::transient, "cannot ask for the free space of "
                                                        + path.string() + ": "
                                                        + std::strerror(errno));
  return static_cast<std::uint64_t>(answer.f_bavail) * answer.f_frsize;
}

schemas::result<void> check_free_space(const std::filesystem::path& path, std::uint64_t reserve,
                                       const free_bytes_function& free) {
  if (reserve == 0)
    return {};
  const auto now = free(path);
  if (!now)
    return tl::unexpected(now.error());
  if (*now < reserve)
    return schemas::failure(schemas::errc::transient,
                            "the disk of " + path.string()
                              + " is nearly full: " + std::to_string(*now) + " bytes are free and "
                              + std::to_string(reserve) + " are kept in reserve");
  return {};
}

} // namespace laurel::state
