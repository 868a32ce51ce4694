#pragma once

#include "state/user_state.hpp"

#include <cstddef>
#include <optional>

namespace laurel::state {

/// Reads numbers and truth values of a rule's condition over one instance at one moment. Judging,
/// progress and explanation all read here, so that they cannot differ. Borrows; lives for one look.
class condition_reader {
public:
  condition_reader(const user_state& user, const rules::compiled_rule& rule, const instance& one,
                   const instant& now)
      : user_(user), rule_(rule), one_(one), now_(now) {}

  /// The truth of condition `index`; children lie before their parents, the root is the last.
  bool holds(std::size_t index) const;

  /// How many of what condition `index`, a `has`, looks for are there.
  std::uint32_t held(std::size_t index) const;

  /// Number `index`; nothing where it overflows, divides by zero or has no value.
  std::optional<schemas::decimal> number(std::size_t index) const;

  /// Whether the comparison `node` of two numbers holds; false where one of them is nothing.
  static bool compares(rules::condition_node::kind what,
                       const std::optional<schemas::decimal>& left,
                       const std::optional<schemas::decimal>& right);

private:
  const user_state& user_;
  const rules::compiled_rule& rule_;
  const instance& one_;
  instant now_;
};

} // namespace laurel::state
