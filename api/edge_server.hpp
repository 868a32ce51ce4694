#pragma once

#include "actors/journal.hpp"
#include "api/edge_counters.hpp"
#include "api/edge_settings.hpp"
#include "api/gate.hpp"
#include "api/router.hpp"
#include "schemas/base/result.hpp"

#include <cstdint>
#include <memory>
#include <vector>

namespace laurel::api {

/// HTTP/1.1 for open networks, plain or over TLS: the listener of the edge, and of /metrics.
///
/// Owned by the application. One thread of its own moves bytes and lets in or refuses by the head
/// alone; handlers run on two pools of others, those that look things up apart from those that wait
/// for the log, so that a slow log holds up no question. All that comes in is bounded by a limit
/// with a name (`edge_limits`).
class edge_server {
public:
  struct parts {
    std::shared_ptr<const router> routes;
    edge_settings settings;
    const key_checker* keys = nullptr; // Outlives the server, as does the journal.
    actors::journal* journal = nullptr;
  };

  /// Binds and serves. Fails with `bad_setting` on a certificate that cannot be used, and with
  /// `refused` on an address that is taken.
  [[nodiscard]] static schemas::result<std::unique_ptr<edge_server>> start(parts from);

  /// Stops, as `stop()`.
  ~edge_server();

  /// Drains: takes in what the kernel has accepted already, ends idle connections, answers every
  /// request that has begun, and returns when all are gone or `drain_timeout` has passed.
  void stop();

  /// The port that was bound.
  std::uint16_t port() const;

  /// What it has done; the counters of a route have its index in `table()`.
  const edge_counters& counters() const;
  const std::vector<route>& table() const;

  /// Looks for a new certificate now; connections that are open keep theirs. Any thread.
  void check_certificate();

private:
  struct impl;
  explicit edge_server(std::unique_ptr<impl> made);
  std::unique_ptr<impl> impl_;
};

} // namespace laurel::api
