#pragma once

#include "state/user_state.hpp"

#include <boost/container/small_vector.hpp>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string_view>

namespace laurel::state {

/// A moment at which the truth of a rule is looked at, and why.
struct moment {
  std::int64_t at = 0;
  std::string_view cause; // Id of the last event of the step, or `time_cause`.
  rules::day_number today = 0;
  const rules::zone_table* zone =
    nullptr; // Where the user is; null: UTC. The rule's own overrides.
};

/// What stands in place of an event's id where time alone changed what holds.
inline constexpr std::string_view time_cause = "window_end";

/// A time that does not come.
inline constexpr auto never = std::numeric_limits<std::int64_t>::max();

/// Whether all that reached the key has been withdrawn.
inline bool is_unborn(const instance& one) {
  return one.born_at == never;
}

/// A grant that a look has begun, ended or otherwise changed.
struct verdict {
  enum class change : std::uint8_t { opened, ended, owed, repaid, extended };
  change what = change::opened;
  std::size_t grant = 0; // Index in the grants.
};
using judgement = boost::container::small_vector<verdict, 1>;

/// Looks at the truth of `rule` for `one` and notes what follows in its grants: first what expires,
/// then what is lost, then what is won, then what is owed; what commands have asked comes last.
judgement judge(const user_state& user, const rule_state& rule, instance& one, const moment& now);

/// The moment of `one.last_at`, reached by time alone.
moment moment_of(const user_state& user, const rule_state& rule, const instance& one);

/// A permanent badge that has been granted: nothing that comes in order changes anything but its
/// own end.
bool is_settled(const rule_state& rule, const instance& one);

/// Whether time alone can change what is held now by what the condition says.
bool waits_for_time(const rule_state& rule, const instance& one);

/// The next moment at which time alone may change what is held; `never` if there is none. Where the
/// instance waits for time, the `last` windows must be filled.
std::int64_t next_due(const user_state& user, const rule_state& rule, instance& one);

} // namespace laurel::state
