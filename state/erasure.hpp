#pragma once

#include "schemas/base/result.hpp"
#include "state/command_outcome.hpp"
#include "state/row.hpp"
#include "state/user_store.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace laurel::state {

// What remains of a user who was erased: that somebody was, and until when. The row does not name
// the user; who knows the id and the secret finds it.
//
//   key   = "__erased/" BLAKE2b-256(key: secret, user_id)
//   value = message ErasedUser of schemas/wire/state.v1.proto
//
// It stays for ever, so that events of before the erasure, sent again, do not bring the user back.
// The first two bytes, read as a user's length prefix, are beyond every user id.

inline constexpr std::string_view erased_prefix = "__erased/";

/// How many bytes the secret of a deployment may have (BLAKE2b takes no more). It must stay the
/// same: with another one, those who were erased before are not known any more.
inline constexpr std::size_t erasure_secret_bytes_min = 32;
inline constexpr std::size_t erasure_secret_bytes_max = 64;

struct erased_user {
  std::int64_t erased_at = 0; // Event time: nothing of the user at or before it counts again.
  command_outcome by;         // Of the command that did it, so that a repeat is answered alike.
};

/// The key of the row; `secret` is as long as it may be.
std::string erased_key(std::string_view user_id, std::string_view secret);
bool is_erased_key(std::string_view key);

std::string encode(const erased_user& who);
[[nodiscard]] schemas::result<erased_user> decode_erased(std::string_view value);

/// `store.read`, with what remains of those who have no rows but were erased. Without a secret
/// nobody can be found, and nobody is looked for.
[[nodiscard]] schemas::result<std::vector<user_rows>>
read_users(const user_store& store, std::span<const std::string> user_ids, std::string_view secret);

} // namespace laurel::state
