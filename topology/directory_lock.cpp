#include "topology/directory_lock.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <string>
#include <sys/file.h>
#include <unistd.h>
#include <utility>

namespace laurel::topology {

namespace {

constexpr const char* lock_name = "laurel.lock";

std::string holder_in(int file) {
  std::array<char, 32> text{};
  const auto size = ::pread(file, text.data(), text.size() - 1, 0);
  return size > 0 ? std::string{text.data(), static_cast<std::size_t>(size)} : "an unknown process";
}

} // namespace

schemas::result<directory_lock> directory_lock::take(const std::filesystem::path& directory) {
  const auto refuse = [&](const std::string& why) {
    return schemas::failure(schemas::errc::refused, directory.string() + ": " + why);
  };
  std::error_code bad;
  std::filesystem::create_directories(directory, bad);
  if (bad)
    return refuse("cannot make the directory: " + bad.message());
  const auto path = directory / lock_name;
  directory_lock lock{::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)};
  if (lock.file_ < 0)
    return refuse("cannot write there: " + std::string{std::strerror(errno)});
  if (::flock(lock.file_, LOCK_EX | LOCK_NB) != 0)
    return refuse("in use by " + holder_in(lock.file_)
                  + "; stop that process, or name another directory");
  const auto me = "process " + std::to_string(::getpid());
  const bool written = ::ftruncate(lock.file_, 0) == 0
                       && ::pwrite(lock.file_, me.data(), me.size(), 0)
                            == static_cast<ssize_t>(me.size());
  if (!written)
    return refuse("cannot write the lock: " + std::string{std::strerror(errno)});
  return lock;
}

bool directory_lock::is_held(const std::filesystem::path& directory) {
  const auto path = directory / lock_name;
  const directory_lock probe{::open(path.c_str(), O_RDWR | O_CLOEXEC)};
  return probe.file_ >= 0 && ::flock(probe.file_, LOCK_EX | LOCK_NB) != 0;
}

directory_lock::~directory_lock() {
  if (file_ >= 0)
    ::close(file_);
}

directory_lock::directory_lock(directory_lock&& other) noexcept
    : file_(std::exchange(other.file_, -1)) {}

directory_lock& directory_lock::operator=(directory_lock&& other) noexcept {
  std::swap(file_, other.file_);
  return *this;
}

} // namespace laurel::topology
