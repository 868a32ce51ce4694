#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <string>
#include <string_view>
#include <unordered_map>

namespace laurel::api {

/// Requests per minute for each of many callers, by the generic cell rate algorithm: a sliding
/// window of one number a caller. A caller may use its minute at once; then it gets the rest as
/// time passes.
///
/// Remembers `callers_max` callers and forgets the one unseen for longest, so that made-up
/// addresses cannot grow it. Pure: time is an argument. Used by one thread.
class rate_limiter {
public:
  explicit rate_limiter(std::size_t callers_max) : callers_max_(callers_max) {}

  struct verdict {
    bool is_allowed = true;
    std::uint32_t limit = 0;     // Per minute; 0: there is none.
    std::uint32_t remaining = 0; // Requests of cost 1 that would be allowed right now.
    std::int64_t wait_ms = 0;    // Refused: when the same request would be allowed.
    std::int64_t reset_ms = 0;   // When the whole minute is there again.
  };

  /// Takes `cost` requests for `caller` out of `per_minute`, all or none. A cost above the limit
  /// counts as the limit, so that it can be met at all.
  verdict take(std::string_view caller, std::uint32_t cost, std::uint32_t per_minute,
               std::int64_t now_ms);

  std::size_t callers() const { return index_.size(); }

private:
  /// When everything taken so far is paid back, in microseconds.
  struct entry {
    std::string caller;
    std::int64_t paid_back_us = 0;
  };
  entry& touch(std::string_view caller);

  std::size_t callers_max_;
  std::list<entry> by_use_;                                                // Last used first.
  std::unordered_map<std::string_view, std::list<entry>::iterator> index_; // Views of by_use_.
};

} // namespace laurel::api
