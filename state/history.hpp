#pragma once

#include "schemas/base/result.hpp"
#include "state/segment.hpp"

#include <tsl/robin_map.h>

#include <array>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace laurel::state {

/// Where an event is in a user's history.
struct history_place {
  schemas::input from = schemas::input::engagement;
  std::uint32_t ordinal = 0;

  friend bool operator==(const history_place&, const history_place&) = default;
};

/// The events of one user that can still matter: within the horizon, longer where a window of a
/// rule reaches back farther. Answers "have I seen this id" exactly, and gives events back as the
/// facts they were. Part of a user machine.
class user_history {
public:
  /// Appends `event`, whose place it sets; `keep_ms` as in `segment`.
  void append(rules::fact& event, std::int64_t keep_ms);

  std::optional<history_place> find(std::string_view id) const;

  /// Retractions that name `id`, whether or not that event has come, in order of arrival.
  std::vector<history_place> retractions_of(std::string_view id) const;
  bool has_retractions() const { return retractions_ != nullptr; }

  /// The event at `where`, which must be there. It borrows from the segment, so it is good until
  /// the next `append` or `drop`.
  rules::fact read(history_place where) const;

  /// Visits the events of both inputs with a time of `from` or later, each input in order of
  /// arrival. The fact is good as `read` says, the object itself only during the visit.
  void for_each(std::int64_t from, const std::function<void(const rules::fact&)>& visit) const;

  /// Visits those with a time in [from, to].
  void for_each_between(std::int64_t from, std::int64_t to,
                        const std::function<void(const rules::fact&)>& visit) const;

  /// The ordinal that the next event of an input gets.
  std::uint32_t next_ordinal(schemas::input from) const;

  /// Drops leading segments of `from` that hold nothing of `oldest` or later, each with its own
  /// `keep_ms` on top; of the one that is still written to, now and then, the leading events.
  /// Returns the segments that were stored, by first ordinal; raises `dropped_until`.
  std::vector<std::uint32_t> drop(schemas::input from, std::int64_t oldest);

  /// The greatest event time that `drop` would drop; `dropped_until` is no less after it. The least
  /// number if there is nothing to drop.
  std::int64_t droppable_until(schemas::input from, std::int64_t oldest) const;

  /// No event of this input at or before this time is certain to be here still.
  std::int64_t dropped_until(schemas::input from) const;

  // -- for the codec ------------------------------------------------------------------

  const std::vector<segment>& segments(schemas::input from) const { return of(from).segments; }
  std::vector<segment>& segments(schemas::input from) { return of(from).segments; }
  void restore_position(schemas::input from, std::uint32_t next, std::int64_t dropped_until);

  /// Adds a stored segment; they come in order of `first`. Fails with `corrupt`.
  [[nodiscard]] schemas::result<void> restore(schemas::input from, segment stored);

  std::size_t memory_bytes() const;

private:
  struct per_input {
    std::vector<segment> segments;
    std::vector<std::uint32_t> hashes; // Of ids, from the first ordinal on; empty once indexed.
    std::uint32_t next = 0;
    std::int64_t dropped_until = std::numeric_limits<std::int64_t>::min();
  };
  struct retraction_list {
    tsl::robin_map<std::uint64_t, std::vector<history_place>> by_original;
  };

  per_input& of(schemas::input from) { return inputs_[static_cast<std::size_t>(from)]; }
  const per_input& of(schemas::input from) const { return inputs_[static_cast<std::size_t>(from)]; }
  static std::uint64_t id_hash(std::string_view id);
  void note(const rules::fact& event);
  std::int64_t matters_until(const rules::fact& event) const;
  std::int64_t matters_until(const segment& one, schemas::input from) const;
  bool is_droppable(const segment& one, schemas::input from, std::int64_t oldest) const;
  bool is_trimmed_now(schemas::input from) const;
  void trim_tail(schemas::input from, std::int64_t oldest);
  void forget(const segment& gone, schemas::input from);
  void forget(const rules::fact& gone);
  void build_index();
  const segment& segment_of(history_place where) const;
  bool is_at(history_place where, std::string_view id) const;
  std::optional<history_place> scan(std::string_view id) const;

  std::array<per_input, schemas::event_input_count> inputs_;
  // Many ids: a table instead of the two lists of hashes. Where two ids share a hash, it names the
  // first, and `has_twins_` sends every hit through a scan.
  std::unique_ptr<tsl::robin_map<std::uint64_t, history_place>> index_;
  std::unique_ptr<retraction_list> retractions_;
  bool has_twins_ = false;
};

} // namespace laurel::state
