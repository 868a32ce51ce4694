#pragma once

#include "state/sequence.hpp"
#include "state/tally.hpp"

#include <cstdint>
#include <optional>

namespace laurel::state {

/// What a leaf has made of its events in the order of time (then id), where the result cannot be
/// undone: an extreme, or what has happened since an anchor.
struct trace {
  std::optional<std::int64_t> anchor; // window::since: when it began.
  bucket_list buckets;                // One a period; of 0 without periods.
  sequence_state sequence;

  bool is_empty() const { return !anchor && buckets.empty() && sequence.is_empty(); }
};

/// The state of a leaf that is replayed. Its events are in `base` up to the rule's `base_at`, which
/// is where the history may end; `head` goes on from there with the events of the history. So a
/// change of the past is replayed from `base`, and an event in order goes into `head` alone.
struct replayed {
  trace base;
  trace head;
};

/// Folds the next event in.
void fold(trace& into, const rules::leaf& leaf, const contribution& what, const booking& where);

std::optional<schemas::decimal> value_of(const trace& from, const rules::leaf& leaf,
                                         const instant& now);

} // namespace laurel::state
