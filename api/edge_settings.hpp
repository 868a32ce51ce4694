#pragma once

#include "api/client_address.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace laurel::api {

/// What one listener takes from the network at once. Every one is a setting.
struct edge_limits {
  std::size_t connections_max = 1'024;
  std::size_t connections_per_ip_max = 64;
  std::chrono::milliseconds handshake_timeout{5'000}; // TLS.
  std::size_t head_bytes_max = 16UL * 1024;
  std::size_t head_fields_max = 64;
  std::size_t line_bytes_max = 4UL * 1024; // The request line, and each field.
  std::chrono::milliseconds head_timeout{5'000};
  std::chrono::milliseconds body_timeout{10'000}; // Without a byte more than the rate below.
  std::size_t body_bytes_per_second_min = 1'024;  // What every second beyond that has to bring.
  std::size_t body_bytes_total_max = 64UL * 1024 * 1024; // Bodies of all connections together.
  std::chrono::milliseconds idle_timeout{15'000};
  std::size_t requests_per_connection_max = 1'000;
  std::size_t in_flight_max = 256; // Requests that wait for a handler or are with one.
  std::size_t in_flight_per_caller_max = 16;
  std::chrono::milliseconds write_timeout{10'000}; // For one answer, however slowly it is read.
  std::chrono::milliseconds drain_timeout{10'000};
  std::size_t streams_max = 512; // Connections that watch a user.
  std::size_t streams_per_caller_max = 50;
  std::chrono::milliseconds stream_interval{250};     // Between two looks for news.
  std::chrono::milliseconds stream_heartbeat{15'000}; // The longest silence.
  std::size_t read_threads = 4;                       // Handlers that look at memory or a disk.
  std::size_t append_threads = 4;                     // Handlers that wait for the log.
};

/// Who is let in, and how often.
struct gate_settings {
  bool is_key_optional = false;               // Only where nobody else can come: see bind_fault().
  std::vector<std::string> origins;           // Web pages that may ask, such as https://a.example.
  std::vector<address_range> trusted_proxies; // Whose X-Forwarded-For is believed.
  std::vector<address_range> denied;          // Never answered with anything but 403.
  std::uint32_t key_requests_per_minute = 10'000; // 0: no limit. A key may have its own.
  std::uint32_t ip_requests_per_minute = 100;     // What is not authenticated, or failed.
  std::size_t callers_max = 100'000;              // That limits remember.
};

struct edge_settings {
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;                              // 0: any that is free.
  std::filesystem::path certificate;                   // PEM, the chain; empty: no TLS.
  std::filesystem::path key;                           // PEM.
  std::chrono::milliseconds certificate_check{10'000}; // How often new files are looked for.
  edge_limits limits;
  gate_settings gate;

  bool is_tls() const { return !certificate.empty(); }
};

} // namespace laurel::api
