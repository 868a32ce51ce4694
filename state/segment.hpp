#pragma once

#include "state/rules/fact.hpp"

#include <cstdint>
#include <functional>
#include <limits>
#include <string>

namespace laurel::state {

/// Some events of one input of one user, in the order of arrival, encoded. Grammar of `entries`:
/// top of segment.cpp. A segment is written to until it is sealed, and never changes afterwards.
struct segment {
  /// A segment is sealed at this many events or bytes, so that a user's core record stays small
  /// and what is written once is not written again with every event.
  static constexpr std::uint32_t events_max = 64;
  static constexpr std::size_t bytes_max = 1024;

  std::uint32_t first = 0; // Ordinal of its first event.
  std::uint32_t count = 0;
  bool has_retractions = false;
  bool is_stored = false;                                         // Sealed, and its row is written.
  std::int64_t latest = std::numeric_limits<std::int64_t>::min(); // The greatest event time.
  std::int64_t earliest = std::numeric_limits<std::int64_t>::max(); // And the least.
  std::int64_t previous = 0; // Time of its last event: what the next one is encoded against.
  std::int64_t keep_ms = 0;  // How much longer than the horizon a rule's window needs it.
  std::string entries;

  bool is_full() const { return count >= events_max || entries.size() >= bytes_max; }
};

/// Encodes `event` behind the others of `to`.
void append_event(segment& to, const rules::fact& event, std::int64_t keep_ms);

/// Takes the leading events for which `take` says true out of a segment that is still written to.
/// Returns how many they were.
std::uint32_t trim_segment(segment& from, schemas::input input,
                           const std::function<bool(const rules::fact&)>& take);

/// Visits the events of one segment. It ends when `visit` says false. False if the bytes
/// are malformed.
bool read_segment(const segment& from, schemas::input input,
                  const std::function<bool(const rules::fact&)>& visit);

} // namespace laurel::state
