#pragma once

#include "schemas/base/result.hpp"
#include "schemas/decision.hpp"
#include "schemas/event.hpp"
#include "schemas/notification.hpp"
#include "state/command_outcome.hpp"
#include "state/erasure.hpp"
#include "state/row.hpp"
#include "state/rules/rule_book.hpp"
#include "state/user_store.hpp"

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace laurel::state {

/// How far back events are exact, per input. Older ones go to `badge.late`.
struct horizons {
  std::array<std::int64_t, schemas::event_input_count> ms{48LL * 3'600'000, 400LL * 86'400'000};
};

/// What became of one event; `erased`: it is of before its user was erased, and changes nothing.
enum class event_fate : std::uint8_t { applied, duplicate, late, erased };

/// What a run of events did to a user.
struct evaluation {
  std::vector<schemas::decision> decisions; // In the order they were decided.
  std::vector<event_fate> fates;            // One per event, same order as the events.
  std::vector<schemas::notification> notifications;
  std::vector<schemas::decision> trials; // What rules that are only tried would have decided.
  std::optional<erased_user> erased;     // Set if the user was erased: what is to be kept of them.
  bool is_first_erasure = false;
};

/// One user's state machine: folds events into aggregates, decides, remembers.
///
/// Pure: no clock, no randomness, no I/O; the same rows, rules and events give the same rows and
/// decisions, which recovery depends on. Owned by one user actor, so used by one thread at a time.
class user_machine {
public:
  /// A user as committed. Fails with `corrupt` if the rows are not what `changes()` wrote.
  [[nodiscard]] static schemas::result<user_machine> load(std::string user_id,
                                                          std::span<const row> rows);

  explicit user_machine(std::string user_id);
  ~user_machine();
  user_machine(user_machine&&) noexcept;
  user_machine& operator=(user_machine&&) noexcept;

  /// Folds `events`, all of this user, in the given order (the order of the log).
  evaluation apply(std::span<const schemas::event* const> events, const rules::active_rules& rules,
                   const horizons& horizon);

  /// How far time passes, and when that was noticed.
  struct passing {
    schemas::event_time to;
    schemas::event_time recorded_at;
  };
  /// Lets time pass without an event: window ends and broken streaks up to `how.to` are decided,
  /// each at its own time. Time never passes for a user by itself; it passes up to each of its
  /// events, and here. An event of before `how.to` may still come.
  evaluation advance(const passing& how, const rules::active_rules& rules, const horizons& horizon);

  /// When `advance` has to be called at the latest; nothing while time alone changes nothing. What
  /// happens meanwhile may put it off, so the call may turn out to be in vain.
  std::optional<schemas::event_time> timer() const;

  /// Whether the user has rows, those of `changes()` included. One who was erased has none.
  bool is_stored() const;

  /// The rows that changed since the last call (or since `load`), each whole, the timer's included.
  std::vector<row> changes();

  /// About how many bytes of memory this user takes.
  std::size_t memory_bytes() const;

private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

// -- what people ask about a user (state/user_view.cpp) ---------------------------

/// A badge that the user holds, or held.
struct held_badge {
  schemas::decision last; // The fold of the grant: its last revision.
};

/// How far an unfinished rule is: in [0,1], and each leaf's value and target as text.
struct rule_progress {
  struct leaf {
    std::string what; // "count of checkin", for people.
    std::string value;
    std::string target;
  };
  std::string rule_id;
  std::string badge_id;
  std::vector<std::string> key;
  double fraction = 0;
  std::vector<leaf> leaves;
};

struct user_view {
  std::string user_id;
  std::vector<held_badge> badges;
  std::vector<rule_progress> progress;
  std::vector<command_outcome> commands;          // The last ones, the oldest first.
  std::optional<schemas::event_time> erased_at{}; // Nothing of before this is known any more.
  bool has_state = true; // False: the user was erased, and has done nothing since.
};

/// Reads committed rows; `rules` are those in force. Fails with `corrupt`.
[[nodiscard]] schemas::result<user_view> view_user(std::string user_id, std::span<const row> rows,
                                                   const rules::active_rules& rules);

} // namespace laurel::state
