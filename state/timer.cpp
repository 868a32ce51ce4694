#include "state/timer.hpp"

#include <cstdint>

namespace laurel::state {

namespace {

constexpr std::size_t due_bytes = 8;
constexpr std::uint64_t sign_bit = 1ULL << 63U;
constexpr char format = 1;

} // namespace

std::string timer_key(const timer& which) {
  std::string key;
  key.reserve(timer_prefix.size() + due_bytes + which.user_id.size());
  key.append(timer_prefix);
  const auto due = static_cast<std::uint64_t>(which.due.ms) ^ sign_bit;
  for (int shift = 56; shift >= 0; shift -= 8)
    key.push_back(static_cast<char>(due >> static_cast<unsigned>(shift) & 0xffU));
  key.append(which.user_id);
  return key;
}

std::optional<timer> timer_of(std::string_view key) {
  if (!key.starts_with(timer_prefix) || key.size() <= timer_prefix.size() + due_bytes)
    return std::nullopt;
  key.remove_prefix(timer_prefix.size());
  std::uint64_t due = 0;
  for (const char byte : key.substr(0, due_bytes))
    due = due << 8U | static_cast<unsigned char>(byte);
  return timer{{static_cast<std::int64_t>(due ^ sign_bit)}, std::string(key.substr(due_bytes))};
}

row timer_row(const timer& which) {
  return {timer_key(which), std::string(1, format)};
}

row no_timer_row(const timer& which) {
  return {timer_key(which), std::nullopt};
}

bool timer_scan::take(std::string_view key) {
  auto found = timer_of(key);
  if (!found)
    return key.starts_with(timer_prefix); // The bare prefix and a time sort before any user.
  if (found->due > query_.until || answer_.timers.size() == query_.count_max) {
    answer_.next = found->due;
    return false;
  }
  answer_.timers.push_back(std::move(*found));
  return true;
}

} // namespace laurel::state
