#include "actors/round.hpp"

#include "actors/user_directory.hpp"

#include <algorithm>
#include <iterator>

namespace laurel::actors {

namespace {

/// A record after which `next_offset` of its input moves on.
void consume(round& into, const queued_record& record) {
  const auto& raw = *record.batch->raw;
  auto& next = into.next_offset[static_cast<std::size_t>(raw.from)];
  next = raw.records[record.index].offset + 1;
  ++into.records;
}

/// The group of `user_id`, made if the round has none yet.
round::group& group_of_user(round& into, user_directory& users, std::string_view user_id) {
  const auto slot = users.find_or_add(user_id);
  auto& user = users.at(slot);
  if (user.last_round != into.number) {
    user.last_round = into.number;
    user.round_index = static_cast<std::uint32_t>(into.groups.size());
    into.groups.push_back({slot, 0, 0});
    users.touch(slot);
  }
  return into.groups[user.round_index];
}

/// Gives each user a group, and counts its events.
void count_groups(round& into, user_directory& users, const std::vector<queued_record>& taken,
                  std::vector<std::uint32_t>& group_of) {
  for (const auto& record : taken) {
    auto& group = group_of_user(into, users, record.batch->events[record.index].user_id);
    ++group.count;
    group_of.push_back(static_cast<std::uint32_t>(&group - into.groups.data()));
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
    if (event.order == nullptr) // Commands have the wall clock's time, whatever events are read.
      into.clock = std::max(into.clock, event.at);
    into.origins[place] = std::move(taken[i]);
  }
}

void group_events(round& into, user_directory& users, std::vector<queued_record> taken) {
  std::vector<std::uint32_t> group_of;
  group_of.reserve(taken.size());
  count_groups(into, users, taken, group_of);
  place_events(into, std::move(taken), group_of);
}

bool is_event(const queued_record& record) {
  return !record.batch->events[record.index].id.empty();
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
    if (is_event(*record))
      taken.push_back(std::move(*record));
    else
      made->undecodable.push_back(std::move(*record));
  }
  group_events(*made, users, std::move(taken));
  return made;
}

std::shared_ptr<round> make_timer_round(const timer_run& run, schemas::event_time now,
                                        user_directory& users, std::uint64_t number,
                                        const input_offsets& next_offset) {
  auto made = std::make_shared<round>();
  made->number = number;
  made->next_offset = next_offset;
  made->passing = {run.to, now};
  for (const auto& timer : run.timers) {
    group_of_user(*made, users, timer.user_id);
    if (made->dues.size() < made->groups.size()) // The index has each user once.
      made->dues.push_back(timer.due);
  }
  return made;
}

void group_records(round& into, user_directory& users, std::vector<queued_record> taken) {
  const auto others = std::stable_partition(taken.begin(), taken.end(), is_event);
  std::move(others, taken.end(), std::back_inserter(into.undecodable));
  taken.erase(others, taken.end());
  group_events(into, users, std::move(taken));
}

} // namespace laurel::actors
