#include "topology/sample/sample_cursor.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace laurel::topology {

namespace {

/// "day slot", as `text()` writes it.
std::optional<std::pair<std::int64_t, std::int64_t>> parse(std::string_view text) {
  std::int64_t day = 0;
  std::int64_t slot = 0;
  const auto* end = text.data() + text.size();
  const auto first = std::from_chars(text.data(), end, day);
  if (first.ec != std::errc{} || first.ptr == end || *first.ptr != ' ')
    return std::nullopt;
  if (std::from_chars(first.ptr + 1, end, slot).ec != std::errc{})
    return std::nullopt;
  return std::pair{day, slot};
}

} // namespace

sample_cursor::sample_cursor(sample_stream stream, std::optional<std::string_view> saved,
                             schemas::event_time now)
    : stream_(stream), first_live_day_(now.ms / sample_stream::day_ms) {
  const auto now_slot = now.ms / sample_stream::slot_ms;
  const auto known = saved ? parse(*saved) : std::nullopt;
  next_day_ = known ? known->first : first_live_day_ - history_days;
  next_slot_ = known ? std::min(known->second, now_slot) : now_slot; // A clock may be set back.
  if (now_slot - next_slot_ > catch_up_ms / sample_stream::slot_ms)
    next_slot_ = now_slot;
  else // Slots are made up for, midnight or not; their day is not told a second time.
    first_live_day_ =
      std::min(first_live_day_, next_slot_ * sample_stream::slot_ms / sample_stream::day_ms);
}

std::vector<std::string> sample_cursor::take(schemas::event_time now, std::size_t lines_max) {
  std::vector<std::string> lines;
  while (next_day_ < first_live_day_ && lines.size() < lines_max)
    std::ranges::move(stream_.day(next_day_++), std::back_inserter(lines));
  if (next_day_ < first_live_day_)
    return lines;
  const auto now_slot = now.ms / sample_stream::slot_ms;
  while (next_slot_ < now_slot && lines.size() < lines_max)
    std::ranges::move(stream_.slot(next_slot_++), std::back_inserter(lines));
  // A day that has begun live is not told in short later, wherever the process stops.
  next_day_ = std::max(next_day_, next_slot_ * sample_stream::slot_ms / sample_stream::day_ms + 1);
  first_live_day_ = std::max(first_live_day_, next_day_ - 1);
  return lines;
}

std::string sample_cursor::text() const {
  return std::to_string(next_day_) + " " + std::to_string(next_slot_) + "\n";
}

} // namespace laurel::topology
