#pragma once

#include "state/user_state.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace laurel::state {

/// A moment at which the truth of a rule is looked at, and why.
struct moment {
  std::int64_t at = 0;
  std::string_view cause; // Id of the last event of the step, or `time_cause`.
  rules::day_number today = 0;
};

/// What stands in place of an event's id where time alone changed what holds.
inline constexpr std::string_view time_cause = "window_end";

/// Looks at the truth of `rule` for `one` and notes what follows in its grants.
enum class verdict : std::uint8_t { unchanged, opened, closed };
struct judgement {
  verdict what = verdict::unchanged;
  std::size_t grant = 0; // Index in the grants.
};
judgement judge(const rule_state& rule, instance& one, const moment& now);

/// A permanent badge that has been granted: nothing that comes in order changes anything.
bool is_settled(const rule_state& rule, const instance& one);

/// Whether time alone can change what is held now.
bool waits_for_time(const rule_state& rule, const instance& one);

} // namespace laurel::state
