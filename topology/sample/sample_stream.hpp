#pragma once

#include "schemas/base/time.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace laurel::topology {

/// An endless stream of made-up events, as a pure function of time: the same moment always holds
/// the same events with the same ids. So it goes on after a stop, and what is sent twice is told by
/// its ids. Plain class without state but its seed.
///
/// Time is cut into slots of 5 ms; each holds one event of one user, and refunds of purchases made
/// some slots ago. Regulars come and go at all hours; every ten seconds a newcomer arrives and
/// stays for eight minutes, so that there is always somebody to watch who earns a first badge. Days
/// that are over are told in short: a few events of each regular, which streaks grow from.
class sample_stream {
public:
  static constexpr std::int64_t slot_ms = 5; // 200 events a second.
  static constexpr std::int64_t day_ms = 86'400'000;
  static constexpr std::int64_t regulars = 450;

  explicit sample_stream(std::uint64_t seed) : seed_(seed) {}

  /// What happened in the slot that begins at `index` * slot_ms: lines of JSON, at least one.
  std::vector<std::string> slot(std::int64_t index) const;

  /// The day that begins at `index` * day_ms (UTC) in short, in order of time.
  std::vector<std::string> day(std::int64_t index) const;

private:
  /// Somebody with habits, which follow from the number: regulars from 0, newcomers above them.
  struct person {
    std::string id;
    std::string_view zone;
    std::vector<std::int64_t> favourites; // Places.
    int days_percent = 0;                 // How many of their days they come.
  };
  enum class act { check_in, share, purchase };
  struct moment {
    person who;
    act what = act::check_in;
    std::int64_t place = 0;
    std::int64_t cents = 0;
    std::optional<std::int64_t> refunded_after; // In slots.
  };

  class dice;
  person person_of(std::int64_t number) const;
  std::int64_t place_for(const person& who, dice& roll) const;
  moment moment_of(std::int64_t slot) const;

  std::uint64_t seed_;
};

} // namespace laurel::topology
