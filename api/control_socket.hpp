#pragma once

#include "schemas/base/result.hpp"

#include <filesystem>
#include <string>

namespace laurel::api {

/// The socket's name in the directory of the process that it belongs to.
inline constexpr const char* control_socket_name = "control.sock";

/// The address of `directory`/control.sock for bind and connect. A Unix socket address holds 107
/// bytes, and directories may be longer: then the address goes through a descriptor of the
/// directory, which this object keeps open.
class control_address {
public:
  /// Fails with `not_found` if there is no such directory.
  [[nodiscard]] static schemas::result<control_address> in(const std::filesystem::path& directory);

  control_address(control_address&& other) noexcept;
  control_address& operator=(control_address&&) = delete;
  ~control_address();

  const std::string& path() const { return path_; }

private:
  control_address(std::string path, int directory)
      : path_(std::move(path)), directory_(directory) {}

  std::string path_;
  int directory_ = -1;
};

} // namespace laurel::api
