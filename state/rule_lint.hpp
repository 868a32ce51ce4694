#pragma once

#include "state/rules/rule_book.hpp"
#include "state/user_machine.hpp"

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace laurel::state {

/// What is allowed and hardly meant. A `note` may well be meant.
struct lint_finding {
  bool is_note = false;
  std::string code;    // Stable: "never-holds", "always-holds", "type-never-seen", ...
  std::string path;    // JSON pointer into the rule, as exact as is known.
  std::string message; // What, and how to cure it.
};

/// What a rule is held against, beyond itself.
struct lint_context {
  horizons horizon;
  std::optional<std::set<std::string>> types_seen; // Event types; nothing: not known.
  bool are_grants_known = false;                   // Else `badges` and `groups` are not read.
  std::vector<std::string> badges;                 // That rules in force or in the file grant,
  std::vector<std::string> groups;                 // and groups that they are in.
  std::optional<schemas::event_time> now;          // Nothing: what is over is not looked for.
};

/// Everything about one rule that is allowed and hardly meant:
///
///   never-holds        no events can make a part of the condition true; where all of it
///                      depends on that part, the badge is never granted
///   always-holds       a part is true whatever the user does
///   type-never-seen    a type in `on` that no event has had
///   badge-not-granted  `has` looks for a badge or a group that no rule grants
///   no-effect          a policy that changes nothing as the others are
///   is-over            `valid` ended in the past
///   beyond-horizon     a note: what comes later than the horizon no longer corrects a window
std::vector<lint_finding> lint(const rules::compiled_rule& rule, const lint_context& context);

} // namespace laurel::state
