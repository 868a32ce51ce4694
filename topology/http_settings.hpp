#pragma once

#include "api/edge_settings.hpp"

#include <chrono>
#include <cstdint>
#include <string>

namespace laurel::topology {

/// What is served over the network, and to whom. Its rows are in http_rows.cpp.
struct http_settings {
  std::uint16_t port = 0;  // 0: nothing is.
  api::edge_settings edge; // `port` and the lists of `edge.gate` are filled in by edge_of().
  std::string origins;     // Lists as they are written, comma-separated.
  std::string trusted_proxies;
  std::string denied;
  std::string pepper;          // Secret; API keys are stored as an HMAC under it.
  std::string previous_pepper; // Secret; still checks keys that were made with it.
  bool docs = false;           // Outside development too.
  std::chrono::milliseconds position_patience{2'000};

  std::string metrics_address = "127.0.0.1";
  std::uint16_t metrics_port = 9'990; // With `port` only; 0: nowhere.
  std::string metrics_token;          // Secret; empty: anybody who can connect may read.
};

/// The settings of the listener, complete.
api::edge_settings edge_of(const http_settings& from, bool is_development);

} // namespace laurel::topology
