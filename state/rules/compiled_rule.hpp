#pragma once

#include "schemas/decimal.hpp"
#include "schemas/decision.hpp"
#include "schemas/money.hpp"
#include "state/rules/calendar.hpp"
#include "state/rules/expression.hpp"
#include "state/rules/rule_limits.hpp"

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace laurel::state::rules {

/// What a leaf folds events into.
enum class leaf_kind : std::uint8_t {
  count,
  sum,
  distinct,
  average,
  min,
  max,
  first,
  last,
  streak,
  sequence, // 1 once a match is complete, else 0.
};

/// Which events a leaf's value covers.
enum class window_kind : std::uint8_t { all, last, calendar, span, since };

/// Where a `since` window begins: at the last event of a type that passes a filter.
struct anchor {
  std::uint64_t types = 0; // Bit i: events of the rule's on[i].
  expression where;
  std::int64_t for_ms = 0; // How long the window is open; 0: without end.
};

struct leaf;

/// What a streak asks for beyond one event in each unit.
struct streak_terms {
  std::shared_ptr<const leaf> minimum; // What a unit has to come to; null: one event.
  schemas::decimal at_least;
  std::int64_t freezes_max = 0;
  std::uint64_t freeze_types = 0; // Bit i: an event of the rule's on[i] buys a freeze.
  bool is_longest = false;
};

/// Events that have to follow each other, and what must not come in between or afterwards.
struct sequence_terms {
  /// Which events are meant.
  struct pattern {
    std::uint64_t types = 0; // Bit i: the rule's on[i].
    expression where;
  };
  struct ban {
    pattern what;
    std::uint8_t after = 0;  // Index of the step after which it must not come,
    std::int64_t for_ms = 0; // for so long; 0: until the last step.
  };
  std::vector<pattern> steps;
  std::vector<ban> bans;
  std::vector<std::uint32_t> same; // Hashes of paths whose values must be the same.
  std::int64_t within_ms = 0;
  bool is_strict = false; // Nothing else in between.
};

/// One aggregate of a rule: the only thing that has state. Equal aggregates of one rule are one
/// leaf.
struct leaf {
  leaf_kind kind = leaf_kind::count;
  window_kind window = window_kind::all;
  std::int64_t last_ms = 0;                                        // window::last
  calendar_unit unit = calendar_unit::day;                         // window::calendar
  std::int64_t from_ms = std::numeric_limits<std::int64_t>::min(); // window::span: from it on,
  std::int64_t to_ms = std::numeric_limits<std::int64_t>::max();   // and before it.
  std::shared_ptr<const anchor> since;                             // window::since
  std::shared_ptr<const streak_terms> streak;                      // Null for the plain one.
  std::shared_ptr<const sequence_terms> sequence;                  // Null for what is none.
  expression of;                                                   // Empty for a count.
  expression where;                                                // empty: every event
  bool of_reads_amount = false;
  std::optional<schemas::currency> currency;
  std::uint64_t types = 0; // Bit i: events of the rule's on[i] count.
  std::string canonical;   // Its canonical JSON, by which equal leaves are found.

  // Its state cannot be undone: it is folded in the order of time, and again where that changes.
  bool is_replayed = false;

  /// Every type it reads.
  std::uint64_t reads() const {
    return types | (since ? since->types : 0) | (streak ? streak->freeze_types : 0);
  }
};

/// A number in a condition. Children lie before their parent in `condition_tree::numbers`.
struct number_node {
  enum class kind : std::uint8_t { constant, leaf, add, subtract, multiply, divide };
  kind what = kind::constant;
  schemas::decimal constant;
  std::uint16_t left = 0; // Index of a number, or of the leaf.
  std::uint16_t right = 0;
};

/// What a rule looks for among what the user holds.
struct holding_query {
  /// Whose grants count: those of all rules; or, in an exclusive group, what its own half holds, or
  /// the own halves of the rules with a higher rank.
  enum class source : std::uint8_t { all, own, higher };
  source of = source::all;
  bool is_group = false; // Different badges of a group, not grants of a badge.
  std::string name;      // May hold ${0}, ${1}, ... for parts of the rule's own key. Of `own`: the
                         // id of that half; of `higher`: the group.
  std::int32_t rank = 0; // Of `higher`: above this one.
  std::uint32_t n = 1;   // At least so many,
  bool ever = false;     // held now, or granted at any time;
  std::int64_t for_ms = 0; // held for so long.
};

/// A truth value in a condition. Children lie before their parent in `condition_tree::conditions`.
struct condition_node {
  enum class kind : std::uint8_t { all, any, at_least, negate, holds, has, ge, gt, le, lt, eq };
  kind what = kind::all;
  std::uint16_t left = 0; // A number, the negated condition, the leaf that `holds`, what it `has`;
                          // `at_least`: how many.
  std::uint16_t right = 0;
  std::vector<std::uint16_t> children; // all, any, at_least
};

/// `when`: the last condition is the root.
struct condition_tree {
  std::vector<number_node> numbers;
  std::vector<condition_node> conditions;
};

/// `notify` and `award`: of which decisions a notification is written, and what it says.
struct notice {
  std::uint16_t kinds = 0; // By `bit`.
  std::string message;
  std::string award; // Canonical JSON; empty: nothing.

  static constexpr std::uint16_t bit(schemas::decision_kind kind) {
    return static_cast<std::uint16_t>(1U << static_cast<unsigned>(kind));
  }
  bool tells(schemas::decision_kind kind) const { return (kinds & bit(kind)) != 0; }
};

enum class revoke_policy : std::uint8_t { permanent, maintained, until_redeemed };

/// What retractions do to a rule: take back their part, nothing until nothing is left, or nothing.
enum class refund_policy : std::uint8_t { proportional, full_only, ignore };

/// When a grant ends by itself.
struct expiry {
  enum class kind : std::uint8_t { never, after, at, calendar };
  kind what = kind::never;
  std::int64_t ms = 0; // after: how long; at: the moment; calendar: how long after the unit's end.
  calendar_unit unit = calendar_unit::day;
};

/// How truth becomes grants, beyond `revoke`.
struct grant_terms {
  std::int64_t grace_ms = 0;             // 0: none
  std::int64_t cooldown_ms = 0;          // 0: none
  std::optional<schemas::decimal> every; // A grant more for each so much.
  std::int64_t valid_from = std::numeric_limits<std::int64_t>::min(); // Granted from it on,
  std::int64_t valid_to = std::numeric_limits<std::int64_t>::max();   // and before it.
  expiry expires;
};

/// What a rule makes of its grants instead of a badge: events of the same user.
struct emission {
  struct field {
    std::uint32_t path = 0;
    schemas::value what; // Of a text nothing yet: `text` is, filled in for the key.
    std::string text;
    bool is_text = false;
  };
  std::string type;
  std::uint32_t type_hash = 0;
  std::vector<field> fields;
};

/// A rule of an exclusive group is two in a book (exclusive_group.hpp): what it holds by itself,
/// which nobody is told of, and what is shown of that while no higher one holds anything.
enum class half : std::uint8_t { none, own, shown };

/// A type in `on`.
struct consumed_type {
  std::string name;
  std::uint32_t hash = 0;
  std::uint64_t leaves = 0; // Bit i: leaf i reads it.
};

/// A rule document, checked and made ready to be evaluated. Immutable and shared.
struct compiled_rule {
  std::string id;
  std::string badge; // May hold ${0}, ${1}, ... for parts of the key. Empty if it emits.
  std::shared_ptr<const emission> emits; // Null: it grants a badge.
  std::string document;
  std::string version;              // 16 hex digits of the document's SHA-256
  std::string aggregates;           // the same over what has state: on, key, time and the leaves
  std::uint64_t version_number = 0; // `version` as a number, as stored
  std::uint64_t aggregates_number = 0;

  std::vector<consumed_type> on; // Sorted by name.
  std::vector<std::string> key;
  std::vector<std::uint32_t> key_paths; // Hashes of `key`.
  std::vector<std::string> paths;       // Every attribute path it reads, `key` included; sorted.
  std::vector<leaf> leaves;
  std::vector<holding_query> holdings; // What `has` looks for.
  condition_tree when;
  std::string group; // Whose badges these are, for `has`; as `badge`. Empty: of none.
  std::optional<std::int32_t> rank; // Makes the group exclusive.
  half part = half::none;           // Of a rule with `rank`, in a book.

  revoke_policy revoke = revoke_policy::permanent;
  refund_policy refund = refund_policy::proportional;
  grant_terms terms;
  bool has_terms = false;                 // Some of them say something.
  std::uint32_t max_per_user = 0;         // 0: no limit.
  std::shared_ptr<const zone_table> zone; // Null: the event's own.
  std::string zone_name;                  // Of `zone`.
  std::int64_t day_start_ms = 0;

  std::int64_t last_window_ms = 0; // The longest `last`; 0 without one.
  bool reads_days = false;         // A calendar window or a streak.
  bool has_replayed = false;       // Some leaf is replayed.
  bool has_sequence = false;       // Some leaf is a sequence.
  bool time_can_grant = false;     // Time alone may make `when` true ...
  bool time_can_revoke = false;    // ... or false.

  std::shared_ptr<const notice> told; // Who is to be told of the decisions; null: nobody.
  bool hides_progress = false;        // Until the first grant.

  bool is_shadow = false; // It is tried beside the rules in force: only its report hears of it.

  /// Whether time alone may change what is held.
  bool time_matters() const { return time_can_grant || time_can_revoke || has_terms; }

  /// The index of the type in `on`, or -1.
  int type_index(std::uint32_t hash) const {
    for (std::size_t i = 0; i < on.size(); ++i) {
      if (on[i].hash == hash)
        return static_cast<int>(i);
    }
    return -1;
  }
};

/// A name for one key: `pattern` with ${0}, ${1}, ... replaced.
std::string name_for(std::string_view pattern, const std::vector<std::string>& key);

} // namespace laurel::state::rules
