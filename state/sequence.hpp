#pragma once

#include "state/tally.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

namespace laurel::state {

/// The first steps of a match, or all of them while what must not follow can still come.
struct sequence_run {
  element same{};                                           // The values at `same`.
  std::uint8_t matched = 0;                                 // Steps.
  std::array<std::int64_t, rules::sequence_steps_max> at{}; // When each of them was.
};

/// An event as a sequence sees it.
struct sequence_event {
  element same{};
  std::uint32_t steps = 0; // Bit i: it may be step i.
  std::uint32_t bans = 0;  // Bit i: it is what ban i forbids.
};

/// How far a sequence has come, from events in the order of time. Events of equal time are one
/// step: they wait until it is over, because each may spoil what another one continues.
///
///   event -> waiting -> (step over) runs: continued, spoiled, begun -> is_complete, for good
///
/// Of the runs that have come equally far with the same values only those are kept that no other
/// one outlives: it begins no later, and what it still must not see ends no earlier.
struct sequence_state {
  bool is_complete = false;
  std::vector<sequence_run> runs; // By same, then matched.
  std::int64_t waiting_at = 0;
  std::vector<sequence_event> waiting;

  bool is_empty() const { return !is_complete && runs.empty(); }
};

/// The event of `what`, as `contribution` carries it, and back.
void put_event(contribution& out, const sequence_event& event);
sequence_event event_of(const contribution& what);

/// Takes the next event.
void fold(sequence_state& state, const rules::sequence_terms& terms, const sequence_event& event,
          std::int64_t at);

/// The events of the step are all there.
void end_step(sequence_state& state, const rules::sequence_terms& terms);

/// Whether a match is complete at `now`, the last step being over.
bool is_complete(const sequence_state& state, const rules::sequence_terms& terms, std::int64_t now);

/// When the next match is complete if nothing spoils it; nothing if none is under way.
std::optional<std::int64_t> complete_at(const sequence_state& state,
                                        const rules::sequence_terms& terms, std::int64_t now);

} // namespace laurel::state
