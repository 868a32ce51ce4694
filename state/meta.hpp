#pragma once

#include "schemas/base/result.hpp"
#include "schemas/base/time.hpp"
#include "schemas/event.hpp"

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace laurel::state {

/// How every input record of a task is accounted for: applied + duplicate + late + erased +
/// dead_letter (+ parked) is the number of input records below the task's input offsets.
struct record_counters {
  std::uint64_t applied = 0;
  std::uint64_t duplicate = 0;
  std::uint64_t late = 0;
  std::uint64_t dead_letter = 0;
  std::uint64_t parked = 0;
  std::uint64_t decisions = 0;    // Records written to badge.grants.
  std::uint64_t users = 0;        // Users that have state here; not records.
  std::uint64_t erased = 0;       // Records of users who had been erased before.
  std::uint64_t erased_users = 0; // Users who were erased here; not records.

  friend bool operator==(const record_counters&, const record_counters&) = default;
};

/// The `__meta` record: written once in every commit of a task, in the same transaction.
struct task_meta {
  std::uint64_t commit_number = 0;
  std::uint64_t owner_epoch = 0; // One more at each take-over.
  std::string owner;             // Instance id of the writer, for people.
  std::array<std::int64_t, schemas::input_count> next_offset{}; // Next input offset to read.
  std::int64_t catalog_position = 0; // Next catalog offset; what the rules below come from.
  schemas::event_time clock = schemas::event_time::lowest(); // The task clock.
  record_counters counters;

  /// A rule in force: its version, what it aggregates, and the event time from which it counts.
  struct rule_entry {
    std::string version;
    std::string aggregates; // rules::aggregates_of: while it stays the same, state is kept.
    schemas::event_time effective_from;
    friend bool operator==(const rule_entry&, const rule_entry&) = default;
  };
  std::map<std::string, rule_entry> rules;

  friend bool operator==(const task_meta&, const task_meta&) = default;
};

/// Protobuf, message `TaskMeta` of schemas/wire/state.v1.proto.
std::string encode(const task_meta& meta);
[[nodiscard]] schemas::result<task_meta> decode_meta(std::string_view bytes);

} // namespace laurel::state
