#pragma once

#include "schemas/base/result.hpp"
#include "state/explanation.hpp"
#include "state/meta.hpp"
#include "state/user_machine.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace laurel::api {

/// What an answer about a user rests on: so much of the log of the user's partition. Opaque to
/// callers, who hand it back to see nothing older.
struct position {
  std::int32_t partition = 0;
  std::uint64_t commit = 0; // The task's commit number.
  decltype(state::task_meta::next_offset) next_offset{};

  /// Whether what rests on this includes all that rests on `other`. A commit number starts again
  /// with a new changelog, so the offsets decide.
  bool includes(const position& other) const;

  friend bool operator==(const position&, const position&) = default;
};

/// base64url of "1:<partition>:<commit>" and ":<offset>" for each input.
std::string to_text(const position& at);
std::optional<position> parse_position(std::string_view text);

/// A user as committed.
struct placed_user {
  position at;
  std::optional<state::user_view> view; // Nothing: the user has no state.
};

/// Why a user has a badge or not, as committed.
struct placed_explanation {
  position at;
  state::explanation what;
};

/// Answers about users from committed state. Calls may block on a disk, and for `patience`; all are
/// safe from any thread.
class user_source {
public:
  virtual ~user_source() = default;

  /// Where the user's partition is; cheap. Errors as below.
  [[nodiscard]] virtual schemas::result<position> where(const std::string& user_id) = 0;

  /// Waits until `at_least` is included, `patience` at most. `transient` if it is not by then, or
  /// while the user's partition restores or is elsewhere; `bad_input` if `at_least` is a position
  /// of another partition.
  [[nodiscard]] virtual schemas::result<placed_user> read(const std::string& user_id,
                                                          const std::optional<position>& at_least,
                                                          std::chrono::milliseconds patience) = 0;

  /// The same for a question about one rule, whose `now` is the task's clock. `not_found` if the
  /// user has no state, too; others as `state::explain`.
  [[nodiscard]] virtual schemas::result<placed_explanation>
  explain(state::explain_request what, const std::optional<position>& at_least,
          std::chrono::milliseconds patience) = 0;
};

} // namespace laurel::api
