#pragma once

#include "schemas/base/result.hpp"
#include "schemas/base/time.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace laurel::api {

/// One place where a user may have been named, and what has become of that.
struct erased_place {
  std::string place;                          // "store", "changelog", "engagement", ..., "backups"
  std::string topic;                          // Empty for what is no topic.
  bool is_removed = false;                    // It is not there any more.
  std::optional<schemas::event_time> gone_by; // Otherwise: not later than this, if that is known.
  std::string how;                            // For people: what removes it.

  friend bool operator==(const erased_place&, const erased_place&) = default;
};

/// What can be said to somebody who was erased, or to whoever has to prove it.
struct erasure_certificate {
  std::string user_id;
  schemas::event_time erased_at;   // Nothing of the user at or before it counts again.
  schemas::event_time recorded_at; // When the log took the command.
  std::string command_id;          // Empty: so many commands came after it.
  std::vector<erased_place> places;

  friend bool operator==(const erasure_certificate&, const erasure_certificate&) = default;
};

std::string to_json(const erasure_certificate& what);
[[nodiscard]] schemas::result<erasure_certificate> parse_certificate(std::string_view text);

} // namespace laurel::api
