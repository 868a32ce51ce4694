#pragma once

#include <cstddef>
#include <cstdint>

namespace laurel::state::rules {

// How large a rule may be. Each is named in the fault of a rule that exceeds it.
inline constexpr std::size_t document_bytes_max = 64 * 1024;
inline constexpr std::size_t document_depth_max = 32; // JSON nesting, the document included.
inline constexpr std::size_t condition_depth_max = 16;
inline constexpr std::size_t expression_depth_max = 16;
inline constexpr std::size_t nodes_max = 4096; // Conditions, numbers and expression steps together.
inline constexpr std::size_t leaves_max = 64;  // The width of the masks that name leaves.
inline constexpr std::size_t types_max = 64;   // In `on`; the width of the masks that name types.
inline constexpr std::size_t key_parts_max = 4;
inline constexpr std::size_t id_bytes_max = 128;
inline constexpr std::size_t name_bytes_max = 256;  // Types, paths, badges.
inline constexpr std::size_t text_bytes_max = 4096; // `name` and `description`.
inline constexpr std::int64_t grants_per_user_max = 1000;
inline constexpr std::size_t emitted_fields_max = 16;
inline constexpr std::size_t award_members_max = 16;
inline constexpr std::int64_t holdings_asked_max = 10'000; // `n` of a `has`.
inline constexpr std::size_t sequence_steps_max = 8;
inline constexpr std::size_t sequence_bans_max = 8;
inline constexpr std::int64_t freezes_max = 1000;
inline constexpr std::int64_t rank_max =
  1'000'000; // Of an exclusive group, and at least its negative.
inline constexpr std::int64_t duration_days_max = 3660;

/// How many keys one event may reach by fanning out over arrays; elements beyond it do not count.
inline constexpr std::size_t keys_per_event_max = 64;

} // namespace laurel::state::rules
