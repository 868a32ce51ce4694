#pragma once

#include "schemas/base/result.hpp"
#include "state/user_state.hpp"

#include <memory>
#include <span>
#include <string>
#include <vector>

namespace laurel::state {

/// A core record larger than this sends its largest instances to rows of their own.
inline constexpr std::size_t core_bytes_max = 2048;

/// The rows that changed since the last call, each whole; core record first, the rest by key, and
/// those of the timer index last.
std::vector<row> take_changes(user_state& user);

/// Deletions of everything that is stored of the user, who must not be used any more.
std::vector<row> take_all_away(user_state& user);

/// The user that `rows` describe. Fails with `corrupt`.
[[nodiscard]] schemas::result<std::unique_ptr<user_state>> read_user(std::string user_id,
                                                                     std::span<const row> rows);

/// The key of a sealed segment's row, by its first ordinal.
std::string segment_key(const user_state& user, schemas::input from, std::uint32_t first);

/// The key of the row of what became of commands.
std::string outcomes_key(const user_state& user);

/// The key of an instance's own row.
std::string instance_key(const user_state& user, const rule_state& rule, const instance& one);

/// Adds the keys of all rows that hold elements of `one`'s distinct sets.
void append_element_keys(const user_state& user, const rule_state& rule, const instance& one,
                         std::vector<std::string>& keys);

} // namespace laurel::state
