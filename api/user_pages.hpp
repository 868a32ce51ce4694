#pragma once

#include "api/user_source.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Pages of what a user has earned, as JSON. Pure functions.
namespace laurel::api {

inline constexpr std::size_t page_entries_max = 200;
inline constexpr std::size_t page_entries_default = 50;
inline constexpr std::size_t lookup_users_max = 100;

/// What of a user's badges is wanted.
struct page_request {
  std::vector<std::string> states; // As schemas::grant_states; empty: all.
  std::string badge;               // Empty: all.
  std::size_t limit = page_entries_default;
  std::string cursor; // Empty: from the start.
};

/// {"user_id", "badges": [...], "next"}: in the order they were granted; `next` is the cursor of
/// the page after, null at the end. Fails with `bad_input` on a cursor that is none.
[[nodiscard]] schemas::result<std::string> badge_page(const state::user_view& user,
                                                      const page_request& wanted);

/// {"user_id", "history": [...], "next"}: every grant, and every end of one, the latest first, as
/// they are known now: a decision that was amended is there as it was amended.
[[nodiscard]] schemas::result<std::string> history_page(const state::user_view& user,
                                                        const page_request& wanted);

/// {"user_id", "progress": [...]}
std::string progress_page(const state::user_view& user);

/// One user of a lookup: the badges held, or why there are none to tell.
std::string lookup_entry(const std::string& user_id, const schemas::result<placed_user>& found);

/// The ids in {"users": ["ada", ...]}. Fails with `bad_input`.
[[nodiscard]] schemas::result<std::vector<std::string>> parse_lookup(std::string_view body);

/// A JSON string with its quotes; bytes that are no UTF-8 are replaced.
std::string json_text(std::string_view text);

} // namespace laurel::api
