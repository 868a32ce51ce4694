#pragma once

#include "schemas/base/result.hpp"
#include "schemas/decision.hpp"
#include "state/row.hpp"
#include "state/rules/rule_book.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace laurel::state {

/// An event that a value rests on.
struct explained_event {
  std::string id;
  schemas::event_time at;
  std::string adds; // What it adds to a sum, an average or an extreme; else empty.
};

/// An aggregate in a condition.
struct explained_leaf {
  /// How many of its events are listed at most: the latest.
  static constexpr std::size_t events_max = 20;

  std::string what;  // "count of checkin this week", for people.
  std::string value; // Empty: it has none.
  std::vector<explained_event> events;
  std::size_t events_known = 0; // How many the history has.
  bool history_is_whole = true; // It goes back as far as the value does.
};

/// A part of `when` that has no parts itself: a comparison, a sequence, a badge that is held.
struct explained_condition {
  std::string what;
  std::string relation; // "ge", "gt", "le", "lt", "eq"; "holds" for a sequence.
  std::string value;    // Empty: there is none.
  std::string target;
  bool holds = false;
  bool is_wanted = true; // False inside a `not`: it is to be false.
  std::string missing;   // What would make it what is wanted; empty if it is.
  std::vector<explained_leaf> leaves;
};

/// Why a user has a badge of a rule or not, at one moment.
struct explanation {
  std::string user_id;
  std::string rule_id;
  std::string rule_version; // The one in force; empty if the rule is retired.
  std::string badge_id;
  std::vector<std::string> key;
  schemas::event_time at; // The moment of the look: time has passed up to there for the task.
  std::string zone;       // Whose days these are.
  bool holds = false;     // `when`, as a whole.
  std::vector<explained_condition> conditions;
  std::vector<std::string> missing;      // All of it would make `when` true; for people.
  std::vector<std::string> notes;        // What else decides: limits, validity, a grace that runs.
  std::vector<schemas::decision> grants; // The last record of each that has been told, by number.
};

/// What is to be explained, and when.
struct explain_request {
  std::string user_id;
  std::string rule_id;
  std::optional<std::vector<std::string>> key; // Nothing: the rule has none, or the user one of it.
  schemas::event_time now; // Up to here time has passed; a later event of the user goes before it.
  bool for_operator = false; // Who may see hidden progress.
};

/// From a user's committed rows; `rules` are those in force. `not_found` if there is no such rule,
/// or it hides its progress and the user has no grant of it, told in the same words; `bad_input` if
/// a key is needed and which there are, `corrupt` as `view_user`.
[[nodiscard]] schemas::result<explanation>
explain(const explain_request& what, std::span<const row> rows, const rules::active_rules& rules);

} // namespace laurel::state
