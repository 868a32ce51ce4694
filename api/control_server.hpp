#pragma once

#include "api/router.hpp"
#include "schemas/base/result.hpp"

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

namespace laurel::api {

/// Limits of the control socket.
struct server_limits {
  std::size_t connections_max = 64;
  std::size_t head_bytes_max = 16UL * 1024;
  std::size_t handler_threads = 4; // Requests handled at once.
  std::size_t requests_per_connection_max = 100'000;
  std::chrono::milliseconds head_timeout{5'000};
  std::chrono::milliseconds body_timeout{10'000};
  std::chrono::milliseconds idle_timeout{15'000};
  std::chrono::milliseconds write_timeout{10'000};
  std::chrono::milliseconds drain_timeout{10'000};
};

/// HTTP/1.1 over the Unix socket `control.sock` (mode 0600: whoever may use it owns the directory).
///
/// Owned by the application. One thread of its own moves bytes; handlers, which may block, run on
/// `handler_threads` others, so a slow one delays nobody's reading. Framing is strict: what is not
/// plain HTTP/1.1 is answered with 400 and the connection ends.
class control_server {
public:
  /// Binds `directory`/control.sock and serves `routes`. A socket that a dead process left is
  /// replaced; fails with `refused` if a live one answers there.
  [[nodiscard]] static schemas::result<std::unique_ptr<control_server>>
  start(const std::filesystem::path& directory, std::shared_ptr<const router> routes,
        const server_limits& limits = {});

  /// Stops, as `stop()`.
  ~control_server();

  /// Drains: accepts nothing more, ends idle connections, answers every request that was read, and
  /// returns when all are gone or `drain_timeout` has passed. Removes the socket.
  void stop();

private:
  struct impl;
  explicit control_server(std::unique_ptr<impl> parts);
  std::unique_ptr<impl> impl_;
};

} // namespace laurel::api
