#pragma once

#include "schemas/base/time.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace laurel::schemas {

/// What can be asked for a user, beside what rules decide.
enum class command_kind : std::uint8_t {
  grant,  // A badge by hand. No rule sees it.
  revoke, // Ends what is held.
  redeem, // Ends it as used up.
  pin,    // Shows it first.
  unpin,
  extend, // Moves the end of one that ends by itself.
  erase,  // Forgets the user: everything that is known of them goes.
};
inline constexpr std::size_t command_kind_count = 7;

/// How large the texts of a command may be, in bytes.
inline constexpr std::size_t command_reason_bytes_max = 1'024;
inline constexpr std::size_t command_name_bytes_max = 256; // Each of the others.

/// The value of a record of `badge.commands`. Ordered with its user's events: it is carried out
/// when all of the user that happened before `at` and has arrived is.
struct command {
  std::string id; // The idempotency key: per user, the same id is carried out once.
  std::string user_id;
  command_kind kind = command_kind::grant;
  event_time at;        // When it was asked; what it does has this time.
  std::string badge_id; // `grant`: which; the others: the one held, if `grant_id` is empty.
  std::string grant_id; // Which one is meant; not with `grant`. `erase` has neither.
  std::optional<std::uint32_t> if_revision; // Do it only if that is still the grant's last record.
  std::optional<event_time> expires_at;     // `extend`: the new end. `grant`: its end, if any.
  std::string reason;                       // For people.
  std::string actor;                        // Who asked, for people.

  friend bool operator==(const command&, const command&) = default;
};

/// "grant", "revoke", ...
std::string_view name_of(command_kind kind);

} // namespace laurel::schemas
