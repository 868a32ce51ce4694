#include "state/storage/directory_lock.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <string>
#include <sys/file.h>
#include <system_error>
#include <unistd.h>

namespace laurel::state {

namespace {

/// What the holder wrote, or a guess in words.
std::string holder_of(int descriptor) {
  std::array<char, 64> text{};
  const auto size = ::pread(descriptor, text.data(), text.size() - 1, 0);
  if (size <= 0)
    return "another process";
  return "process " + std::string(text.data(), static_cast<std::size_t>(size));
}

/// Best effort: the name is for people, the lock is what counts.
void write_holder(int descriptor) {
  const auto text = std::to_string(::getpid());
  if (::ftruncate(descriptor, 0) == 0) [[maybe_unused]]
    const auto written = ::pwrite(descriptor, text.data(), text.size(), 0);
}

} // namespace

schemas::result<directory_lock> directory_lock::acquire(const std::filesystem::path& directory) {
  std::error_code fault;
  std::filesystem::create_directories(directory, fault);
  const auto path = directory / "owner";
  const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (descriptor < 0)
    return schemas::failure(schemas::errc::bad_setting,
                            "cannot use " + directory.string() + ": " + std::strerror(errno));
  if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
    auto message = directory.string() + " is in use by " + holder_of(descriptor);
    ::close(descriptor);
    return schemas::failure(schemas::errc::refused, std::move(message));
  }
  write_holder(descriptor);
  return directory_lock(descriptor);
}

directory_lock::~directory_lock() {
  if (descriptor_ >= 0)
    ::close(descriptor_);
}

} // namespace laurel::state
