#pragma once

#include "state/command_outcome.hpp"
#include "state/history.hpp"
#include "state/leaf_state.hpp"
#include "state/row.hpp"
#include "state/rules/compiled_rule.hpp"
#include "state/rules/rule_book.hpp"

#include <tsl/robin_map.h>

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace laurel::state {

inline constexpr std::int64_t no_time = std::numeric_limits<std::int64_t>::min();

/// How a grant ended. `recalled` is a revoke by command: like what has expired it keeps its claim,
/// so that it is not granted again while the condition stays true.
enum class ending : std::uint8_t { none, revoked, expired, redeemed, recalled };

/// Since when something that was redeemed is no longer earned, and by what.
struct debt {
  std::int64_t at = 0;
  std::string cause;

  friend bool operator==(const debt&, const debt&) = default;
};

/// One holding of one badge, as the rule sees it now, and what has been told of it.
struct grant {
  std::uint32_t n = 1;
  std::uint32_t revision = 0; // Of the last record about it; 0: there is none.
  bool stands = false;        // The rule's condition says so.
  bool told = false;          // The last record says so.
  std::int64_t granted_at = 0;
  std::string cause;
  ending end = ending::none;
  std::int64_t ended_at = 0;
  std::string end_cause;
  std::int64_t expires_at = no_time;   // When it ends by itself; no_time: never.
  std::int64_t unclaimed_at = no_time; // When the condition was seen to be true for fewer.
  std::shared_ptr<const debt> owed;    // Of one that was redeemed; null: nothing.
  bool is_pinned = false;
  std::uint16_t notified = 0; // Kinds of decisions that a notification has told of: notice::bit.
  std::string badge;
  std::uint64_t version = 0;                   // Of the rule, when it was granted.
  std::uint64_t judged_by = 0;                 // The last version whose condition was seen to hold.
  std::int64_t recorded_at = 0;                // As the last record about it says.
  schemas::log_place told_by;                  // The record that made us write it.
  rules::zone_index zone = rules::no_zone;     // Of a rule with `emit`: where the user was then,
  rules::zone_index end_zone = rules::no_zone; // and when it ended.

  bool is_held() const { return stands && end == ending::none; }
  /// What is claimed is not granted again: what is held, and what expired until the condition
  /// falls.
  bool is_claimed() const { return stands && unclaimed_at == no_time; }
  void reopen() {
    end = ending::none;
    end_cause.clear();
    end_zone = rules::no_zone;
    owed.reset();
  }
};

/// What a command has asked for a grant of a rule. It is kept, so that the past can be looked at
/// again: a grant of that number that is held at that time ends, or gets another end.
struct order {
  std::uint32_t n = 1;
  ending how = ending::none; // `redeemed` or `recalled`; `none`: `expires_at` moves.
  std::int64_t at = 0;
  std::int64_t expires_at = no_time; // If `how` is `none`.
  std::string cause;                 // The command's id.
};

/// A time in which a redeemed grant was not earned any more.
struct debt_span {
  std::uint32_t n = 1;
  std::int64_t from = 0;
  std::int64_t to = no_time; // no_time: it has not ended.
  std::string cause;
};

/// What few instances have.
struct rare_state {
  std::vector<order> orders;    // By time.
  std::vector<debt_span> debts; // By time.
};

/// A time in which a condition did not hold and `grace` kept the badge.
struct dip {
  std::int64_t from = 0;
  std::int64_t to = no_time; // no_time: it has not ended.
};

/// The state of one rule for one key.
struct instance {
  std::unique_ptr<const std::string> key; // Encoded parts; null for a rule without a key.
  leaf_state first_leaf;
  std::unique_ptr<leaf_state[]> more_leaves;
  std::unique_ptr<std::vector<grant>> grants; // By n; null while there is none.
  std::unique_ptr<std::vector<dip>> dips;     // With `grace`, by time; null while there is none.
  std::unique_ptr<rare_state> rare;           // Null while there is none.
  std::int64_t last_at = no_time;             // The last time at which truth was looked at.
  std::int64_t born_at = no_time; // Its first event, where note_birth keeps it, or `never`.
  std::int64_t due_at = 0;        // When time alone may change it, if `due_known`.
  std::uint8_t leaf_count = 0;
  rules::zone_index zone = rules::no_zone; // Of the cause of the last step.
  bool due_known = false;
  bool has_points = false;   // `last` windows are filled. They are not stored.
  bool in_row = false;       // Stored in a row of its own, not in the core record.
  bool is_dirty = false;     // `in_row`, and its row is to be written.
  bool has_standing = false; // Some grant stands; kept beside `grants` to save a look there.

  leaf_state& leaf(std::size_t i) { return i == 0 ? first_leaf : more_leaves[i - 1]; }
  const leaf_state& leaf(std::size_t i) const { return i == 0 ? first_leaf : more_leaves[i - 1]; }
  void resize_leaves(std::size_t count);
  std::string_view key_text() const { return key ? std::string_view(*key) : std::string_view{}; }
  std::vector<grant>& grant_list();
  rare_state& rare_state_of();
  void note_standing();
};

/// Ordinals per input: a cut through a user's history.
using history_cut = std::array<std::uint32_t, schemas::event_input_count>;

/// A rule in the life of one user: which events count for it, and its instances.
struct rule_state {
  const rules::compiled_rule* rule = nullptr; // Null while no book in force has it.
  std::uint32_t index = 0;                    // In that book.
  std::uint8_t inputs_seen = 0;               // Bit i: input i has reached it.
  bool is_closed = false;                     // `rule` was null while events came.
  std::string id;
  std::uint64_t version = 0;
  std::uint64_t aggregates = 0;
  std::int64_t counts_from = no_time; // Earlier events do not count,
  std::int64_t judged_from = no_time; // and decisions before this time are final.
  std::int64_t base_at = no_time;     // Replayed leaves: up to here their base has the events.
  history_cut since{};                // Nor do events that had come before it was there,
  history_cut closed_at{};            // or (if closed) after this,
  std::vector<std::pair<history_cut, history_cut>> gaps; // or within these.

  std::vector<std::unique_ptr<instance>> instances;
  instance* keyless = nullptr; // The one instance of a rule without a key.
  std::unique_ptr<tsl::robin_map<std::string_view, instance*>> by_key; // If there are many.
  std::uint32_t in_core = 0; // The first this many instances live in the core record.

  // Of a rule with `max_per_user`: grants told and the latest of them; unknown after a load.
  bool awards_known = false;
  std::uint32_t awards_told = 0;
  std::int64_t last_award_at = 0;

  instance* find(std::string_view key) const;
  instance& find_or_add(std::string_view key);
  void adopt(std::unique_ptr<instance> made);
  bool counts(const rules::fact& event) const;
};

/// The grant of that number, or null.
const grant* find_grant(const std::vector<grant>& grants, std::uint32_t n);
grant* find_grant(std::vector<grant>& grants, std::uint32_t n);

/// What a grant of a rule with `emit` was told to be, as the rules that take its event see it.
struct told_grant {
  std::int64_t granted_at = 0;
  std::int64_t ended_at = no_time; // no_time: it is held.
  rules::zone_index zone = rules::no_zone;
  rules::zone_index end_zone = rules::no_zone;

  bool has_ended() const { return ended_at != no_time; }
};

/// What `what` has been told to be; nothing if it is not told.
std::optional<told_grant> told_of(const grant& what);

/// A grant of a rule with `emit` that the step at hand has changed, and what it was before.
struct emission_change {
  rule_state* rule = nullptr;
  instance* one = nullptr;
  std::uint32_t n = 0;
  std::optional<told_grant> before;
};

/// A zone that events of this user named.
struct user_zone {
  std::string name;
  std::shared_ptr<const rules::zone_table> table; // Null: unknown, taken as UTC.
};

/// Everything a user machine remembers. Plain data; `evaluator` changes it, `user_codec` stores it.
struct user_state {
  std::string user_id;
  std::array<std::int64_t, schemas::event_input_count> clock;
  user_history history;
  std::vector<std::unique_ptr<rule_state>> rules; // Of the book in force first, by index.
  std::vector<std::uint32_t> bound;               // The indices of those, to be searched.
  std::vector<user_zone> zones;
  bool is_joined = false;                 // Some rule reads both inputs.
  std::int64_t timer_at = no_time;        // When to be woken at the latest; no_time: never.
  std::int64_t stored_timer_at = no_time; // As the row in the timer index says.

  std::int64_t erased_at = no_time; // Of one who was erased before; no_time: was not.

  std::shared_ptr<const rules::rule_book> book; // Whose rules `rules` points to.

  std::vector<emission_change> emitted; // By the step at hand; not stored.

  std::vector<command_outcome> outcomes; // Of the last commands, the oldest first.
  bool outcomes_dirty = false;

  // What changes() has to do.
  bool core_dirty = false;
  bool is_stored = false; // There is a core record.
  bool has_rows = false;  // There are rows beside it.

  std::vector<std::pair<schemas::input, std::uint32_t>> dead_segments; // By first ordinal.
  std::vector<std::string> dead_keys;
  std::vector<std::pair<rule_state*, instance*>> dirty_instances;

  explicit user_state(std::string id) : user_id(std::move(id)) { clock.fill(no_time); }

  const rules::zone_table* zone(rules::zone_index index) const {
    return index < zones.size() ? zones[index].table.get() : nullptr;
  }
  /// The offset from UTC there and then, in seconds; 0 for `no_zone`.
  std::int32_t offset_s(rules::zone_index index, std::int64_t at) const {
    const auto* there = zone(index);
    return there != nullptr ? there->offset_s(at) : 0;
  }
  /// The grants made by hand; made if there are none yet. No book has a rule of that id.
  rule_state& manual();
  /// The state of rule `index` of the book in force; null while nothing has touched it.
  rule_state* bound_rule(std::uint32_t index) const;
  /// The same, or `untouched`, made into the state of a rule of which nothing is done.
  rule_state& rule_or(std::uint32_t index, rule_state& untouched) const;
  /// The state of the rule of that id, in whatever book it is or was; null if there is none.
  rule_state* find_rule(std::string_view id) const;
  /// What the step at hand has changed of a derived event; null if nothing.
  const emission_change* emission_of(const instance& one, std::uint32_t n) const;
  /// The index of a zone, which is listed from now on; `no_zone` if this machine does not know it.
  rules::zone_index zone_named(std::string_view name);
  /// Sees to it that the user is woken at `due` or before.
  void wake_by(std::int64_t due) {
    if (timer_at == no_time || due < timer_at)
      timer_at = due;
  }
  /// Notes that `one` has to be stored again.
  void touch(rule_state& rule, instance& one);
  std::size_t memory_bytes() const;
};

// -- keys ------------------------------------------------------------------------------

/// key = (size:u16be bytes)*
void append_key_part(std::string& key, std::string_view part);
std::vector<std::string> key_parts(std::string_view key);

} // namespace laurel::state
