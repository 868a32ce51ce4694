#include "state/history.hpp"

#include "schemas/base/check.hpp"

#include <xxhash.h>

#include <algorithm>

namespace laurel::state {

using rules::fact;
using schemas::input;

namespace {

constexpr std::size_t listed_ids_max = 256; // Above it, a table finds an id faster than a scan.
constexpr std::array<input, schemas::event_input_count> all_inputs{input::engagement,
                                                                   input::transaction};

/// The first index from `begin` on that holds `sought`, or the size. Looks at blocks, which the
/// compiler turns into vector instructions: nearly always there is none.
std::size_t next_equal(const std::vector<std::uint32_t>& all, std::uint32_t sought,
                       std::size_t begin) {
  constexpr std::size_t block = 16;
  auto i = begin;
  for (; i + block <= all.size(); i += block) {
    std::uint32_t any = 0;
    for (std::size_t j = 0; j < block; ++j)
      any |= all[i + j] == sought ? 1U : 0U;
    if (any != 0)
      break;
  }
  while (i < all.size() && all[i] != sought)
    ++i;
  return i;
}

} // namespace

std::uint64_t user_history::id_hash(std::string_view id) {
  return XXH3_64bits(id.data(), id.size());
}

void user_history::append(fact& event, std::int64_t keep_ms) {
  auto& mine = of(event.from);
  if (mine.segments.empty() || mine.segments.back().is_full()) {
    mine.segments.emplace_back();
    mine.segments.back().first = mine.next;
  }
  event.ordinal = mine.next++;
  append_event(mine.segments.back(), event, keep_ms);
  note(event);
}

void user_history::note(const fact& event) {
  const auto hash = id_hash(event.id);
  const history_place where{event.from, event.ordinal};
  if (index_) {
    has_twins_ = !index_->emplace(hash, where).second || has_twins_;
  } else {
    of(event.from).hashes.push_back(static_cast<std::uint32_t>(hash));
    if (inputs_[0].hashes.size() + inputs_[1].hashes.size() > listed_ids_max)
      build_index();
  }
  if (event.retracts.empty())
    return;
  if (!retractions_)
    retractions_ = std::make_unique<retraction_list>();
  retractions_->by_original[id_hash(event.retracts)].push_back(where);
}

void user_history::build_index() {
  index_ = std::make_unique<tsl::robin_map<std::uint64_t, history_place>>();
  for (const auto from : all_inputs) {
    for (const auto& one : of(from).segments) {
      read_segment(one, from, [&](const fact& event) {
        const auto is_new = index_->emplace(id_hash(event.id), history_place{from, event.ordinal});
        has_twins_ = has_twins_ || !is_new.second;
        return true;
      });
    }
    of(from).hashes = {};
  }
}

std::optional<history_place> user_history::find(std::string_view id) const {
  const auto hash = id_hash(id);
  if (index_) {
    const auto found = index_->find(hash);
    if (found == index_->end())
      return std::nullopt;
    if (is_at(found->second, id))
      return found->second;
    return has_twins_ ? scan(id) : std::nullopt;
  }
  const auto short_hash = static_cast<std::uint32_t>(hash);
  for (const auto from : all_inputs) {
    const auto& mine = of(from);
    for (auto at = next_equal(mine.hashes, short_hash, 0); at < mine.hashes.size();
         at = next_equal(mine.hashes, short_hash, at + 1)) {
      const history_place where{from, static_cast<std::uint32_t>(mine.segments.front().first + at)};
      if (is_at(where, id))
        return where;
    }
  }
  return std::nullopt;
}

std::optional<history_place> user_history::scan(std::string_view id) const {
  std::optional<history_place> found;
  for (const auto from : all_inputs) {
    for (const auto& one : of(from).segments) {
      read_segment(one, from, [&](const fact& event) {
        if (event.id == id)
          found = history_place{from, event.ordinal};
        return !found;
      });
    }
  }
  return found;
}

const segment& user_history::segment_of(history_place where) const {
  const auto& segments = of(where.from).segments;
  const auto after =
    std::upper_bound(segments.begin(), segments.end(), where.ordinal,
                     [](std::uint32_t ordinal, const segment& one) { return ordinal < one.first; });
  CHECK_ALWAYS(after != segments.begin());
  return *std::prev(after);
}

fact user_history::read(history_place where) const {
  fact found;
  bool is_there = false;
  read_segment(segment_of(where), where.from, [&](const fact& event) {
    is_there = event.ordinal == where.ordinal;
    if (is_there)
      found = event;
    return !is_there;
  });
  CHECK_ALWAYS(is_there);
  return found;
}

bool user_history::is_at(history_place where, std::string_view id) const {
  return read(where).id == id;
}

std::vector<history_place> user_history::retractions_of(std::string_view id) const {
  std::vector<history_place> out;
  if (!retractions_)
    return out;
  const auto found = retractions_->by_original.find(id_hash(id));
  if (found == retractions_->by_original.end())
    return out;
  for (const auto where : found->second) {
    if (read(where).retracts == id)
      out.push_back(where);
  }
  return out;
}

void user_history::for_each(std::int64_t from,
                            const std::function<void(const fact&)>& visit) const {
  for_each_between(from, std::numeric_limits<std::int64_t>::max(), visit);
}

void user_history::for_each_between(std::int64_t from, std::int64_t to,
                                    const std::function<void(const fact&)>& visit) const {
  for (const auto which : all_inputs) {
    for (const auto& one : of(which).segments) {
      if (one.latest < from || one.earliest > to)
        continue;
      read_segment(one, which, [&](const fact& event) {
        if (event.at >= from && event.at <= to)
          visit(event);
        return true;
      });
    }
  }
}

std::uint32_t user_history::next_ordinal(input from) const {
  return of(from).next;
}

std::int64_t user_history::dropped_until(input from) const {
  return of(from).dropped_until;
}

void user_history::restore_position(input from, std::uint32_t next, std::int64_t dropped_until) {
  of(from).next = next;
  of(from).dropped_until = dropped_until;
}

schemas::result<void> user_history::restore(input from, segment stored) {
  auto& mine = of(from);
  std::uint32_t count = 0;
  const bool in_order = mine.segments.empty()
                        || mine.segments.back().first + mine.segments.back().count == stored.first;
  const bool well_formed = read_segment(stored, from, [&](const fact& event) {
    ++count;
    stored.previous = event.at;
    stored.latest = std::max(stored.latest, event.at);
    stored.earliest = std::min(stored.earliest, event.at);
    stored.has_retractions = stored.has_retractions || !event.retracts.empty();
    return true;
  });
  if (!in_order || !well_formed || count == 0 || count != stored.count)
    return schemas::failure(schemas::errc::corrupt, "a segment of the history is damaged");
  mine.segments.push_back(std::move(stored));
  read_segment(mine.segments.back(), from, [&](const fact& event) {
    note(event);
    return true;
  });
  return {};
}

std::size_t user_history::memory_bytes() const {
  std::size_t bytes = 0;
  for (const auto& mine : inputs_) {
    bytes += mine.segments.capacity() * sizeof(segment);
    bytes += mine.hashes.capacity() * sizeof(std::uint32_t);
    for (const auto& one : mine.segments)
      bytes += one.entries.capacity();
  }
  if (index_)
    bytes += index_->bucket_count() * (sizeof(history_place) + 2 * sizeof(std::uint64_t));
  if (retractions_)
    bytes += retractions_->by_original.bucket_count() * 2 * sizeof(history_place) * 4;
  return bytes;
}

} // namespace laurel::state
