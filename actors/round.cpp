#include "actors/round.hpp"

#include "actors/user_directory.hpp"

#include <algorithm>

namespace laurel::actors {

namespace {

/// A record after which `next_offset` of its input moves on.
void consume(round& into, const queued_record& record) {
  const auto& raw = *record.batch->raw;
  auto& next = into.next_offset[static_cast<std::size_t>(raw.from)];
  next = raw.records[record.index].offset + 1;
  ++into.records;
}

/// Gives each user a group, and counts its events.
void count_groups(round& into, user_directory& users, const std::vector<queued_record>& taken,
                  std::vector<std::uint32_t>& group_of) {
  for (const auto& record : taken) {
    const auto slot = users.find_or_add(record.batch->events[record.index].user_id);
    auto& user = users.at(slot);
    if (user.last_round != into.number) {
      user.last_round = into.number;
      user.round_index = static_cast<std::uint32_t>(into.groups.size());
      into.groups.push_back({slot, 0, 0});
      users.touch(slot);
    }
    ++into.groups[user.round_index].count;
    group_of.push_back(user.round_index);
  }
}

/// A counting sort by group: stable, so that a user's events keep the order of the log.
void place_events(round& into, std::vector<queued_record> taken,
                  const std::vector<std::uint32_t>& group_of) {
  std::uint32_t first = 0;
  for (auto& group : into.groups) {
    group.first = first;
    first += group.count;
  }
  std::vector<std::uint32_t> filled(into.groups.size(), 0);
  into.events.resize(taken.size());
  into.origins.resize(taken.size());
  for (std::size_t i = 0; i < taken.size(); ++i) {
    const auto group = group_of[i];
    const auto place = into.groups[group].first + filled[group]++;
    const auto& event = taken[i].batch->events[taken[i].index];
    into.events[place] = &event;
    into.clock = std::max(into.clock, event.at);
    into.origins[place] = std::move(taken[i]);
  }
}

} // namespace

std::shared_ptr<round> take_round(input_queue& queue, user_directory& users, std::uint64_t number,
                                  const input_offsets& next_offset, std::size_t records_max) {
  auto made = std::make_shared<round>();
  made->number = number;
  made->next_offset = next_offset;
  std::vector<queued_record> taken;
  taken.reserve(std::min(records_max, queue.waiting_records()));
  while (made->records < records_max) {
    auto record = queue.pop();
    if (!record)
      break;
    consume(*made, *record);
    if (record->batch->events[record->index].id.empty())
      made->undecodable.push_back(std::move(*record));
    else
      taken.push_back(std::move(*record));
  }
  std::vector<std::uint32_t> group_of;
  group_of.reserve(taken.size());
  count_groups(*made, users, taken, group_of);
  place_events(*made, std::move(taken), group_of);
  return made;
}

} // namespace laurel::actors
