// What a history forgets, and when. How it remembers is in history.cpp.

#include "state/history.hpp"

#include <algorithm>

namespace laurel::state {

using rules::fact;
using schemas::input;

namespace {

/// The tail is looked at whenever it has this many events more, so that a look costs little and the
/// core record of a user who seldom comes is small.
constexpr std::uint32_t events_between_trims = 4;

} // namespace

/// A retraction of a later event counts from that event on, so it stays as long.
std::int64_t user_history::matters_until(const fact& event) const {
  if (event.retracts.empty())
    return event.at;
  const auto original = find(event.retracts);
  return original ? std::max(event.at, read(*original).at) : event.at;
}

std::int64_t user_history::matters_until(const segment& one, input from) const {
  auto until = one.latest;
  if (!one.has_retractions)
    return until;
  read_segment(one, from, [&](const fact& event) {
    until = std::max(until, matters_until(event));
    return true;
  });
  return until;
}

bool user_history::is_droppable(const segment& one, input from, std::int64_t oldest) const {
  const auto limit = oldest - one.keep_ms;
  return one.latest < limit && matters_until(one, from) < limit;
}

std::int64_t user_history::droppable_until(input from, std::int64_t oldest) const {
  auto until = std::numeric_limits<std::int64_t>::min();
  const auto& segments = of(from).segments;
  // The last segment is still written to, and only trimmed.
  for (std::size_t i = 0; i + 1 < segments.size() && is_droppable(segments[i], from, oldest); ++i)
    until = std::max(until, matters_until(segments[i], from));
  if (!is_trimmed_now(from))
    return until;
  const auto& tail = segments.front();
  read_segment(tail, from, [&](const fact& event) {
    const auto last = matters_until(event);
    const bool is_old = last < oldest - tail.keep_ms;
    if (is_old)
      until = std::max(until, last);
    return is_old;
  });
  return until;
}

/// By its size alone, so that equal histories leave equal bytes.
bool user_history::is_trimmed_now(input from) const {
  const auto& segments = of(from).segments;
  return segments.size() == 1 && segments.front().count % events_between_trims == 0
         && !segments.front().is_full() && !segments.front().is_stored;
}

std::vector<std::uint32_t> user_history::drop(input from, std::int64_t oldest) {
  if (is_trimmed_now(from)) {
    trim_tail(from, oldest);
    return {};
  }
  std::vector<std::uint32_t> rows;
  std::size_t gone = 0;
  auto& mine = of(from);
  // The last segment stays: it is still written to.
  while (gone + 1 < mine.segments.size()) {
    const auto& one = mine.segments[gone];
    if (!is_droppable(one, from, oldest))
      break;
    mine.dropped_until = std::max(mine.dropped_until, matters_until(one, from));
    forget(one, from);
    if (one.is_stored)
      rows.push_back(one.first);
    ++gone;
  }
  mine.segments.erase(mine.segments.begin(),
                      mine.segments.begin() + static_cast<std::ptrdiff_t>(gone));
  return rows;
}

void user_history::trim_tail(input from, std::int64_t oldest) {
  auto& mine = of(from);
  auto& tail = mine.segments.front();
  const auto limit = oldest - tail.keep_ms;
  const auto gone = trim_segment(tail, from, [&](const fact& event) {
    const auto last = matters_until(event);
    if (last >= limit)
      return false;
    mine.dropped_until = std::max(mine.dropped_until, last);
    forget(event);
    return true;
  });
  if (!index_)
    mine.hashes.erase(mine.hashes.begin(), mine.hashes.begin() + gone);
  if (tail.count == 0)
    mine.segments.clear();
}

void user_history::forget(const segment& gone, input from) {
  if (!index_) {
    auto& hashes = of(from).hashes;
    hashes.erase(hashes.begin(), hashes.begin() + static_cast<std::ptrdiff_t>(gone.count));
  }
  if (!index_ && !gone.has_retractions)
    return;
  read_segment(gone, from, [&](const fact& event) {
    forget(event);
    return true;
  });
}

void user_history::forget(const fact& gone) {
  const history_place where{gone.from, gone.ordinal};
  if (index_) {
    const auto found = index_->find(id_hash(gone.id));
    if (found != index_->end() && found->second == where)
      index_->erase(found);
  }
  if (gone.retracts.empty())
    return;
  auto& list = retractions_->by_original[id_hash(gone.retracts)];
  list.erase(std::remove(list.begin(), list.end(), where), list.end());
  if (list.empty())
    retractions_->by_original.erase(id_hash(gone.retracts));
}

} // namespace laurel::state
