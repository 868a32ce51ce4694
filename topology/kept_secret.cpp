#include "topology/kept_secret.hpp"

#include "api/base64url.hpp"

#include <sodium.h>

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <sys/stat.h>
#include <unistd.h>

namespace laurel::topology {

namespace {

using schemas::errc;
using schemas::failure;

constexpr std::size_t secret_bytes = 32;
constexpr mode_t owner_only = 0600;

} // namespace

schemas::result<std::string> kept_secret(const std::filesystem::path& file,
                                         const std::string& what_for) {
  const int made = ::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, owner_only);
  if (made >= 0) {
    std::string noise(secret_bytes, '\0');
    randombytes_buf(noise.data(), noise.size());
    const auto text = api::to_base64url(noise) + "\n";
    const bool is_written =
      ::write(made, text.data(), text.size()) == static_cast<ssize_t>(text.size())
      && ::fsync(made) == 0;
    ::close(made);
    if (!is_written)
      return failure(errc::refused, file.string() + " cannot be written: " + std::strerror(errno));
  } else if (errno != EEXIST) {
    return failure(errc::refused, file.string() + ": " + std::strerror(errno));
  }
  std::ifstream in(file);
  std::string text;
  if (!std::getline(in, text) || text.empty())
    return failure(errc::refused, file.string() + " holds no secret; " + what_for);
  return text;
}

} // namespace laurel::topology
