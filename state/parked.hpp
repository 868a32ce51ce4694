#pragma once

#include "schemas/base/result.hpp"
#include "state/row.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace laurel::state {

// A user whose state cannot be read or evaluated is parked: the records that come meanwhile are
// kept as rows, in order, beside the user's own rows, which stay as they are.
//
//   key    = "__parked/u" user | "__parked/r" user sequence:u64be
//   user   = length:u16be user_id:bytes
//   value  = message ParkedUser | message ParkedRecord of schemas/wire/state.v1.proto
//
// The first two bytes, read as a user's length prefix, are beyond every user id.

inline constexpr std::string_view parked_users_prefix = "__parked/u";

/// What is known of a parked user: kept in a row of its own.
struct parked_user {
  std::string user_id;
  std::string reason;        // Why the state could not be used, for people.
  std::int64_t since_ms = 0; // Append time of the first record that waits.
  std::uint64_t records = 0; // That wait; the next one's sequence number.
  std::uint64_t bytes = 0;   // Of those.

  friend bool operator==(const parked_user&, const parked_user&) = default;
};

/// A record that waits, as it came.
struct parked_record {
  std::uint32_t input = 0;
  std::int64_t offset = 0;
  std::int64_t append_time_ms = 0;
  std::string key;
  std::string value;
  std::string redriven;

  friend bool operator==(const parked_record&, const parked_record&) = default;
};

/// The row of a parked user; without a value it deletes it.
row user_row(const parked_user& user);
std::string parked_user_key(std::string_view user_id);
[[nodiscard]] schemas::result<parked_user> decode_parked_user(const row& stored);

/// Shared by all waiting records of a user and by nothing else.
std::string parked_records_prefix(std::string_view user_id);
row record_row(std::string_view user_id, std::uint64_t sequence, const parked_record& record);
[[nodiscard]] schemas::result<parked_record> decode_parked_record(std::string_view value);

} // namespace laurel::state
