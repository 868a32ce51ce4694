#pragma once

#include "state/user_state.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace laurel::state {

/// A moment at which something that a `has` looks at begins or ends.
struct holding_change {
  std::int64_t at = 0;
  std::string_view cause; // Of the decision; `time_cause` where time alone made it. Borrowed.
};

/// What a user holds, as the grants of all rules say, looked at for one key of one rule. Only what
/// has been told counts, so a rule has to be decided before those that depend on it. Borrows.
class holdings {
public:
  holdings(const user_state& user, const rules::compiled_rule& rule, std::string_view key)
      : user_(user), rule_(rule), key_(key) {}

  /// How many grants, or different badges of a group, `query` finds at `at`.
  std::uint32_t count(const rules::holding_query& query, std::int64_t at) const;

  /// The first moment after `now` at which something will have been held for long enough; nothing
  /// if there is none.
  std::optional<std::int64_t> due_after(std::int64_t now) const;

  /// What begins or ends at `from` or later of what the rule looks at, by time.
  std::vector<holding_change> changes_from(std::int64_t from) const;

  /// The id of a grant that the rule looks at and that begins or ends at `at`: the least, so that
  /// it is the same however it came about; empty if there is none.
  std::string parent_at(std::int64_t at) const;

  /// When what the own half of the rule holds at `at` ends by itself; `no_time`: never.
  std::int64_t own_expiry(std::int64_t at) const;

  /// Whether a `has` of the rule looks at what `source` decides for `source_key`.
  bool look_at(const rules::compiled_rule& source, std::string_view source_key) const;

private:
  bool may_count(const rules::holding_query& query, const rule_state& rule) const;
  template <class Visit>
  void for_each(const rules::holding_query& query, Visit&& visit) const;

  const user_state& user_;
  const rules::compiled_rule& rule_;
  std::string_view key_;
};

} // namespace laurel::state
