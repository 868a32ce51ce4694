#pragma once

#include "schemas/base/result.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace laurel::state {

/// The one row of a store that is not in the changelog: how far the changelog has been applied.
/// Its first two bytes, read as a user's length prefix, are beyond every user id.
///
///   value = format:u8(1) position:u64be
inline constexpr std::string_view position_key = "__local_position";

std::string encode_position(std::int64_t position);

/// Fails with `corrupt`.
[[nodiscard]] schemas::result<std::int64_t> decode_position(std::string_view bytes);

} // namespace laurel::state
