#pragma once

#include "actors/protocol.hpp"

#include <tsl/robin_map.h>

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

namespace laurel::actors {

/// The users of one task that are awake, or about to be. Plain class; owned by one partition
/// actor.
///
///   asleep --find_or_add--> loading --wake--> awake --evict--> asleep
///
/// Bounded: users that were used longest ago are put to sleep, but never one that has events in
/// flight or effects that are not committed yet, since the store could not give those back.
class user_directory {
public:
  using slot = std::uint32_t;

  struct entry {
    std::string user_id;
    user_actor actor; // Null while loading.
    bool loading = false;
    std::uint32_t in_flight = 0;   // Messages sent and not answered.
    std::uint64_t last_window = 0; // The commit window that holds its latest effects.
    std::uint64_t last_round = 0;  // The round that touched it last; marks it during grouping.
    std::uint32_t round_index = 0; // Its place in that round.
    slot older = none;             // Neighbours in order of last use.
    slot newer = none;
  };

  static constexpr slot none = std::numeric_limits<slot>::max();

  explicit user_directory(std::size_t awake_max) : awake_max_(awake_max) {}

  /// The user's slot, valid until it is evicted; a new one is neither loading nor awake.
  slot find_or_add(std::string_view user_id);

  entry& at(slot which) { return entries_[which]; }
  const entry& at(slot which) const { return entries_[which]; }

  /// Makes `which` the most recently used.
  void touch(slot which);

  /// Puts users to sleep until the bound holds or the next candidate has to stay awake.
  void evict(std::uint64_t last_committed_window);

  std::size_t size() const { return index_.size(); }
  void clear();

private:
  struct text_hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>{}(text);
    }
  };
  void unlink(slot which);

  std::size_t awake_max_;
  std::vector<entry> entries_;
  std::vector<slot> free_;
  tsl::robin_map<std::string, slot, text_hash, std::equal_to<>> index_;
  slot oldest_ = none;
  slot newest_ = none;
};

} // namespace laurel::actors
