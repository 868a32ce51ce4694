#pragma once

#include "actors/pipeline_settings.hpp"
#include "api/control_server.hpp"
#include "topology/embedded/embedded_settings.hpp"
#include "topology/http_settings.hpp"
#include "topology/kafka/settings.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>

namespace laurel::topology {

/// How strict the checks at start are. Anything but an explicit `dev` is strict.
enum class deployment : std::uint8_t { production, staging, dev };

enum class log_format : std::uint8_t { text, json };

struct log_settings {
  std::string level = "info"; // trace debug info warn error off
  log_format format = log_format::text;
};

/// Everything a process can be told. Each member is one row of the table in config_table.cpp,
/// which gives it its names, its range and its sentence.
struct settings {
  deployment environment = deployment::production;
  std::filesystem::path state_directory = "laurel-state"; // Stores and control.sock, with brokers.
  actors::pipeline_settings pipeline;
  std::size_t memory_budget_bytes = 128UL * 1024 * 1024; // Caches and write buffers of all stores.
  std::chrono::milliseconds shutdown_timeout{25'000};
  kafka::settings kafka;        // Topic names too; the instance id is that of the pipeline.
  bool allow_plaintext = false; // Brokers beyond loopback without encryption, in production.
  std::filesystem::path embedded_directory; // Empty: not embedded.
  embedded_settings embedded; // The limits; whoever opens the log puts its own directory in.
  std::string failpoint;      // For tests: where the process dies; see schemas/base/failpoint.hpp.
  log_settings log;
  api::server_limits control;
  http_settings http;

  bool is_embedded() const { return !embedded_directory.empty(); }

  /// Where control.sock, the stores and the lock are.
  const std::filesystem::path& directory() const {
    return is_embedded() ? embedded_directory : state_directory;
  }
};

} // namespace laurel::topology
