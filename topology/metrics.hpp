#pragma once

#include "api/edge_server.hpp"
#include "api/gateway.hpp"

#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace laurel::topology {

inline constexpr std::string_view metrics_type = "text/plain; version=0.0.4; charset=utf-8";

/// Writes samples in the text format of Prometheus. A name is declared once, before its samples.
/// Labels take values from a small fixed set: never a user, never an address.
class metrics_writer {
public:
  using labels = std::vector<std::pair<std::string_view, std::string>>;

  /// `kind` is "counter", "gauge" or "histogram".
  void declare(std::string_view name, std::string_view kind, std::string_view help);
  void sample(std::string_view name, const labels& of, double value);
  void sample(std::string_view name, const labels& of, std::uint64_t value);

  std::string take() { return std::move(text_); }

private:
  void begin(std::string_view name, const labels& of);
  std::string text_;
};

/// Everything that /metrics tells: whoever has something to count adds a source. Any thread.
class metrics_text {
public:
  using source = std::function<void(metrics_writer&)>;

  void add(source one);
  std::string text() const;

private:
  mutable std::mutex mutex_;
  std::vector<source> sources_; // Guarded by mutex_.
};

/// http_requests_total, http_request_duration_seconds and the listener's gauges.
void write_edge(const api::edge_server& edge, metrics_writer& to);

/// Offsets, lag, commits and counters of the tasks that run here.
void write_tasks(api::gateway& pipeline, metrics_writer& to);

} // namespace laurel::topology
