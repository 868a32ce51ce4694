#include "api/control_socket.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/un.h>
#include <unistd.h>
#include <utility>

namespace laurel::api {

schemas::result<control_address> control_address::in(const std::filesystem::path& directory) {
  const int descriptor = ::open(directory.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0)
    return schemas::failure(errno == ENOENT || errno == ENOTDIR ? schemas::errc::not_found
                                                                : schemas::errc::refused,
                            directory.string() + ": " + std::strerror(errno));
  auto path = (directory / control_socket_name).string();
  if (path.size() >= sizeof(sockaddr_un::sun_path))
    path = "/proc/self/fd/" + std::to_string(descriptor) + "/" + control_socket_name;
  return control_address(std::move(path), descriptor);
}

control_address::control_address(control_address&& other) noexcept
    : path_(std::move(other.path_)), directory_(std::exchange(other.directory_, -1)) {}

control_address::~control_address() {
  if (directory_ >= 0)
    ::close(directory_);
}

} // namespace laurel::api
