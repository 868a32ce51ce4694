#pragma once

#include "actors/journal.hpp"
#include "api/edge_server.hpp"
#include "api/gateway.hpp"
#include "api/key_ring.hpp"
#include "api/watch.hpp"
#include "topology/engine.hpp"
#include "topology/log_bundle.hpp"
#include "topology/metrics.hpp"
#include "topology/settings.hpp"
#include "topology/store_users.hpp"

#include <memory>
#include <optional>

namespace laurel::topology {

/// What this process serves over the network: the edge, and /metrics on a port of its own. Nothing
/// is served unless `http.port` says so. Owned by the application; started last, drained first.
class http_edge {
public:
  struct parts {
    const settings* values = nullptr; // All of it outlives the edge.
    engine* running = nullptr;
    log_bundle* log = nullptr;
    api::gateway* pipeline = nullptr;
    const api::key_ring* keys = nullptr; // Null: there are none.
    actors::journal* journal = nullptr;
    std::string erasure_secret{}; // See state/erasure.hpp; empty: there is none.
  };

  explicit http_edge(const parts& from);
  ~http_edge(); // Stops.
  http_edge(const http_edge&) = delete;
  http_edge& operator=(const http_edge&) = delete;

  [[nodiscard]] schemas::result<void> start();

  /// Answers what is under way and ends.
  void stop();

private:
  schemas::result<void> start_edge();
  schemas::result<void> start_metrics();
  std::shared_ptr<const api::router> router_of(std::vector<api::route> routes) const;

  parts given_;
  store_users users_;
  std::optional<api::watch_desk> watches_;
  metrics_text metrics_;
  std::unique_ptr<api::edge_server> edge_;
  std::unique_ptr<api::edge_server> metrics_server_;
};

} // namespace laurel::topology
