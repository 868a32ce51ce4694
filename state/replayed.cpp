#include "state/replayed.hpp"

namespace laurel::state {

using rules::window_kind;

namespace {

/// Whether an event at `at` lies in the window that `from` has open.
bool is_in_window(const trace& from, const rules::leaf& leaf, std::int64_t at) {
  if (leaf.window != window_kind::since)
    return true;
  if (!from.anchor || at <= *from.anchor)
    return false;
  return leaf.since->for_ms == 0 || at - *from.anchor <= leaf.since->for_ms;
}

} // namespace

void fold(trace& into, const rules::leaf& leaf, const contribution& what, const booking& where) {
  if (leaf.sequence) {
    if (what.counts)
      fold(into.sequence, *leaf.sequence, event_of(what), where.at);
    return;
  }
  if (what.is_marker && (!into.anchor || *into.anchor <= where.at)) {
    into.anchor = where.at;
    into.buckets.clear(); // Also of events of the same time: the window is open at its begin.
  }
  if (!what.counts || !is_in_window(into, leaf, where.at))
    return;
  const bool is_calendar = leaf.window == window_kind::calendar;
  const auto period = is_calendar ? rules::period_of(where.day, leaf.unit) : 0;
  fold(bucket_for(into.buckets, period).what, leaf.kind, what, 1, where.at);
}

std::optional<schemas::decimal> value_of(const trace& from, const rules::leaf& leaf,
                                         const instant& now) {
  if (leaf.sequence)
    return schemas::decimal::from_integer(is_complete(from.sequence, *leaf.sequence, now.at) ? 1
                                                                                             : 0);
  const bool is_calendar = leaf.window == window_kind::calendar;
  const auto* found =
    find_bucket(from.buckets, is_calendar ? rules::period_of(now.today, leaf.unit) : 0);
  return value_of(found != nullptr ? &found->what : nullptr, leaf.kind);
}

} // namespace laurel::state
