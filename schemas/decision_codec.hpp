#pragma once

#include "schemas/base/result.hpp"
#include "schemas/decision.hpp"

#include <array>
#include <string>
#include <string_view>

namespace laurel::schemas {

/// The value of a record of `badge.grants`: one line of JSON, see wire/decision.v1.json. The same
/// decision gives the same bytes.
[[nodiscard]] std::string encode(const decision& what);

/// Reads what `encode` wrote. Fields it does not know are skipped, so that later versions may add
/// some. Fails with `bad_input`, naming the field.
[[nodiscard]] result<decision> decode_decision(std::string_view text);

/// "granted", "revoked", "amended", ...
[[nodiscard]] std::string_view name_of(decision_kind kind);

/// What has become of a grant, by its last record: "held", "revoked", "expired", "redeemed" or
/// "withdrawn".
[[nodiscard]] std::string_view state_of(const decision& last);
inline constexpr std::array<std::string_view, 5> grant_states{"held", "revoked", "expired",
                                                              "redeemed", "withdrawn"};

} // namespace laurel::schemas
