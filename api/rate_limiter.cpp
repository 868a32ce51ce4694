#include "api/rate_limiter.hpp"

#include <algorithm>

namespace laurel::api {

namespace {

constexpr std::int64_t minute_us = 60'000'000;
constexpr std::int64_t us_per_ms = 1'000;

std::int64_t ms_up(std::int64_t us) {
  return (us + us_per_ms - 1) / us_per_ms;
}

} // namespace

rate_limiter::entry& rate_limiter::touch(std::string_view caller) {
  if (const auto found = index_.find(caller); found != index_.end()) {
    by_use_.splice(by_use_.begin(), by_use_, found->second);
    return by_use_.front();
  }
  if (index_.size() >= callers_max_) {
    index_.erase(by_use_.back().caller);
    by_use_.pop_back();
  }
  by_use_.push_front({std::string(caller), 0});
  index_.emplace(by_use_.front().caller, by_use_.begin());
  return by_use_.front();
}

rate_limiter::verdict rate_limiter::take(std::string_view caller, std::uint32_t cost,
                                         std::uint32_t per_minute, std::int64_t now_ms) {
  if (per_minute == 0)
    return {};
  const auto now = now_ms * us_per_ms;
  const auto each = minute_us / per_minute;
  auto& known = touch(caller);
  const auto before = std::max(known.paid_back_us, now);
  const auto after = before + each * std::min(cost, per_minute);
  verdict out;
  out.limit = per_minute;
  out.is_allowed = after - now <= minute_us;
  if (out.is_allowed)
    known.paid_back_us = after;
  else
    out.wait_ms = ms_up(after - minute_us - now);
  const auto used = (out.is_allowed ? after : before) - now;
  out.remaining = static_cast<std::uint32_t>(std::max<std::int64_t>(0, minute_us - used) / each);
  out.reset_ms = ms_up(used);
  return out;
}

} // namespace laurel::api
