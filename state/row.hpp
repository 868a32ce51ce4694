#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace laurel::state {

/// One stored record, which is also one changelog record: the same key bytes, the same value
/// bytes. `value` is absent for a deletion (a tombstone in the changelog).
struct row {
  std::string key;
  std::optional<std::string> value;

  friend bool operator==(const row&, const row&) = default;
};

// Key grammar. Length-prefixed, never joined by separators, so that no user id can be confused
// with another one's rows:
//
//   key  = meta | user | timer
//   meta = "__meta"
//   user = length:u16be user_id:bytes kind:u8 rest:bytes     every row of a user shares the prefix
//   timer = see state/timer.hpp
//   kind = 'c' core | others are defined in state/user_codec.cpp

inline constexpr std::string_view meta_key = "__meta";

/// The prefix shared by all rows of `user_id` and by no other row. At most 256 bytes of user id.
std::string user_prefix(std::string_view user_id);

/// The key of the user's core record: what a user who has any state always has.
std::string core_key(std::string_view user_id);

/// The user id inside a user row's key; empty for `meta_key` and malformed keys.
std::string_view user_of(std::string_view key);

} // namespace laurel::state
