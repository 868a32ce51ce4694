#pragma once

#include "schemas/base/time.hpp"
#include "state/row.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace laurel::state {

/// A row of the timer index: a user who has to be woken, because from `due` on time alone may
/// change what is held. Each user has at most one. It may be due too early, never too late: a user
/// who is woken in vain sets the next one.
struct timer {
  schemas::event_time due;
  std::string user_id;

  friend bool operator==(const timer&, const timer&) = default;
  friend auto operator<=>(const timer&, const timer&) = default;
};

// key   = 0x0000 due:u64be user_id:bytes     due in milliseconds, its sign bit flipped: keys sort
//                                            by time; the prefix is the length of no user id
// value = format:u8(1)
inline constexpr std::string_view timer_prefix{"\0\0", 2};

std::string timer_key(const timer& which);

/// The timer of a row's key; nothing if the row is none.
std::optional<timer> timer_of(std::string_view key);

/// The row that sets a timer, and the one that takes it away.
row timer_row(const timer& which);
row no_timer_row(const timer& which);

/// What to read of the index: from `from` on (that one included), no later than `until`.
struct timer_query {
  timer from;
  schemas::event_time until;
  std::size_t count_max = 0;
};

/// The answer, by due time and user; `next` is when the first timer after these is due.
struct due_timers {
  std::vector<timer> timers;
  std::optional<schemas::event_time> next;
};

/// Makes the answer of a store from the keys of its index. Lives for one query.
class timer_scan {
public:
  explicit timer_scan(const timer_query& query) : query_(query) {}

  /// Where to begin.
  std::string first_key() const { return timer_key(query_.from); }

  /// Takes the next key of the store; false if no further one is wanted.
  bool take(std::string_view key);

  due_timers answer() { return std::move(answer_); }

private:
  const timer_query& query_;
  due_timers answer_;
};

} // namespace laurel::state
