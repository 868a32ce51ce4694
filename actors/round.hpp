#pragma once

#include "actors/answer_sheet.hpp"
#include "actors/input_queue.hpp"
#include "actors/ports.hpp"
#include "actors/timer_schedule.hpp"
#include "state/rules/rule_book.hpp"
#include "state/user_machine.hpp"

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace laurel::actors {

/// A run of records that is evaluated together: events grouped by user, each user's in the order
/// of the log. Or a run of timers: users for whom time passes, without events. Immutable once
/// built, but for the answers; shared with the user actors, who read their own group.
struct round {
  struct group {
    std::uint32_t slot = 0; // The user's slot in the user_directory.
    std::uint32_t first = 0;
    std::uint32_t count = 0;
  };

  std::uint64_t number = 0;
  state::rules::active_rules rules;
  state::horizons horizon;
  std::string_view erasure_secret; // See state/erasure.hpp; outlives the round.
  std::string epoch;               // The `epoch` header of every output record.
  std::vector<group> groups;
  std::vector<const schemas::event*> events; // By group.
  std::vector<queued_record> origins;        // Same index as `events`: where each came from.
  std::vector<queued_record> undecodable;
  input_offsets next_offset{};                               // Where to read on after this round.
  schemas::event_time clock = schemas::event_time::lowest(); // Greatest event time in it.
  std::size_t records = 0;

  std::vector<schemas::event_time> dues; // By group, of a run of timers; else empty.
  state::user_machine::passing passing;  // How far time passes in one.

  std::unique_ptr<answer_sheet> answers; // Made when the users are asked.

  bool is_of_timers() const { return !dues.empty(); }
  std::span<const schemas::event* const> events_of(std::uint32_t group_index) const {
    const auto& mine = groups[group_index];
    return std::span{events}.subspan(mine.first, mine.count);
  }
};

class user_directory;

/// Groups `taken` into `into`: events by user, records that are no event apart. Every user has a
/// slot in `users` then and is marked as used by the round of that number.
void group_records(round& into, user_directory& users, std::vector<queued_record> taken);

/// Takes up to `records_max` records from `queue` and groups them. `next_offset` is where the task
/// stands before; every user of the round has a slot in `users` and is marked as used.
std::shared_ptr<round> take_round(input_queue& queue, user_directory& users, std::uint64_t number,
                                  const input_offsets& next_offset, std::size_t records_max);

/// A round in which time passes for the users of `run`, groups in order of due time; `now` is when
/// that is noticed.
std::shared_ptr<round> make_timer_round(const timer_run& run, schemas::event_time now,
                                        user_directory& users, std::uint64_t number,
                                        const input_offsets& next_offset);

} // namespace laurel::actors
