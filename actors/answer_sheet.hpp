#pragma once

#include "actors/ports.hpp"
#include "schemas/event.hpp"
#include "state/row.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace laurel::actors {

/// What a user makes of a round: what has to be written if the round is committed.
struct user_effects {
  std::vector<state::row> rows;       // Every changed row, whole.
  std::vector<output_record> outputs; // Decisions, notifications and trials, encoded.
  std::size_t decisions = 0;          // How many of them are decisions.
  std::vector<std::uint32_t> late;    // Indices into the group of events beyond the horizon.
  std::uint32_t applied = 0;
  std::uint32_t duplicate = 0;
  std::uint32_t erased = 0;      // Events of before their user was erased.
  std::int32_t users = 0;        // 1: had no state before these events; -1: has none any more.
  bool is_first_erasure = false; // Was not erased before.
  std::optional<schemas::event_time> timer; // When the user has to be woken; if that changed.
  std::string failure;                      // Not empty: the stored rows cannot be read.
};

/// Where the users of one round write their answers, a place for each group.
///
/// Each user's actor writes its own place, on whatever thread it runs; whoever writes last tells
/// the partition, which alone reads from then on. So a round costs the partition one message, not
/// one a user.
class answer_sheet {
public:
  /// Places for `groups` answers, of which `asked` will be written.
  answer_sheet(std::size_t groups, std::size_t asked) : answers_(groups), open_(asked) {}

  /// Writes the place of `group`, once. True if no other answer is missing: then, and not before,
  /// `all` may be read. Any thread.
  bool write(std::uint32_t group, user_effects effects) {
    answers_[group] = std::move(effects);
    return open_.fetch_sub(1, std::memory_order_acq_rel) == 1;
  }

  /// By group; those who were not asked left theirs empty.
  std::vector<user_effects>& all() { return answers_; }

private:
  std::vector<user_effects> answers_;
  std::atomic<std::size_t> open_;
};

} // namespace laurel::actors
