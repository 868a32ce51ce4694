#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>

namespace laurel::api {

/// What a listener has done. Written by its thread, read by whoever asks.
class edge_counters {
public:
  static constexpr std::array<std::int64_t, 9> bounds_us{500,    1'000,   2'500,   5'000,    10'000,
                                                         50'000, 100'000, 500'000, 1'000'000};

  struct route_counters {
    std::array<std::atomic<std::uint64_t>, 6> by_class{}; // Index: the first digit of the status.
    std::array<std::atomic<std::uint64_t>, bounds_us.size() + 1> by_time{};
    std::atomic<std::uint64_t> total_us{0};
  };

  /// One for each route, and one more for what was refused before a route was known.
  explicit edge_counters(std::size_t routes) : routes_(routes + 1) {}

  void note(std::size_t route, int status, std::chrono::microseconds took) {
    auto& counted = routes_[route];
    std::size_t bucket = 0;
    while (bucket < bounds_us.size() && took.count() > bounds_us[bucket])
      ++bucket;
    add(counted.by_class[static_cast<std::size_t>(status / 100) % counted.by_class.size()]);
    add(counted.by_time[bucket]);
    counted.total_us.fetch_add(static_cast<std::uint64_t>(took.count()), std::memory_order_relaxed);
  }

  const std::deque<route_counters>& routes() const { return routes_; }

  std::atomic<std::uint64_t> connections{0}; // Open now.
  std::atomic<std::uint64_t> in_flight{0};   // Requests with a handler now.
  std::atomic<std::uint64_t> streams{0};     // Connections that watch a user now.
  std::atomic<std::uint64_t> accepted{0};
  std::atomic<std::uint64_t> turned_away{0}; // Connections beyond a limit.
  std::atomic<std::uint64_t> accept_faults{0};
  std::atomic<std::uint64_t> handshake_faults{0};
  std::atomic<std::uint64_t> timeouts{0};

private:
  static void add(std::atomic<std::uint64_t>& one) { one.fetch_add(1, std::memory_order_relaxed); }
  std::deque<route_counters> routes_;
};

} // namespace laurel::api
