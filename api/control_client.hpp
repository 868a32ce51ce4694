#pragma once

#include "api/http.hpp"
#include "schemas/base/result.hpp"

#include <chrono>
#include <filesystem>
#include <memory>

namespace laurel::api {

/// Limits of the client's side.
struct client_limits {
  std::chrono::milliseconds answer_timeout{30'000};
  std::size_t answer_bytes_max = 64UL * 1024 * 1024;
  std::chrono::milliseconds reuse_max{5'000}; // Older connections may be closing: open another.
};

/// Speaks HTTP/1.1 to the process that holds a directory, one request at a time, over one
/// connection that is kept. Used by one thread.
class control_client {
public:
  /// Fails with `not_found` if no process listens in `directory`.
  [[nodiscard]] static schemas::result<std::unique_ptr<control_client>>
  connect(const std::filesystem::path& directory, const client_limits& limits = {});

  ~control_client();

  /// Sends and waits for the whole answer. `transient` if the connection ends or time is up: then
  /// nobody knows whether the request was carried out.
  [[nodiscard]] schemas::result<response> send(const request& what);

private:
  struct impl;
  explicit control_client(std::unique_ptr<impl> parts);
  std::unique_ptr<impl> impl_;
};

} // namespace laurel::api
