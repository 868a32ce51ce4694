#include "schemas/base/failpoint.hpp"

#include <array>
#include <atomic>
#include <charconv>
#include <thread>
#include <unistd.h>

namespace laurel::schemas {

namespace {

constexpr int killed_exit_code = 137;
constexpr int times_max = 1'000'000;
constexpr int delay_us_max = 10'000'000;

constexpr std::array<std::string_view, 18> names{"k0",  "k1",  "k2",  "k3",  "k4",  "k5",
                                                 "k6",  "k7",  "k8",  "k9",  "k10", "k11",
                                                 "k12", "k13", "k14", "k15", "k16", "k18"};

// Written once before the threads start; the only mutable globals, because a kill point must be
// reachable from everywhere and cost nothing.
std::atomic<int> armed{-1};
std::atomic<int> left{0};
std::atomic<int> delay_us{0};

std::optional<int> number_of(std::string_view digits, int most) {
  int value = 0;
  const auto* const last = digits.data() + digits.size();
  const auto [end, bad] = std::from_chars(digits.data(), last, value);
  if (digits.empty() || bad != std::errc{} || end != last || value < 1 || value > most)
    return std::nullopt;
  return value;
}

} // namespace

std::optional<death> parse_failpoint(std::string_view text) {
  death when;
  if (const auto at = text.find('@'); at != text.npos) {
    auto digits = text.substr(at + 1);
    if (!digits.ends_with("us"))
      return std::nullopt;
    digits.remove_suffix(2);
    const auto delay = number_of(digits, delay_us_max);
    if (!delay)
      return std::nullopt;
    when.delay = std::chrono::microseconds{*delay};
    text = text.substr(0, at);
  }
  if (const auto colon = text.find(':'); colon != text.npos) {
    const auto times = number_of(text.substr(colon + 1), times_max);
    if (!times)
      return std::nullopt;
    when.times = *times;
    text = text.substr(0, colon);
  }
  for (std::size_t i = 0; i < names.size(); ++i)
    if (names[i] == text) {
      when.where = static_cast<failpoint>(i);
      return when;
    }
  return std::nullopt;
}

void arm_failpoint(const death& when) {
  left = when.times;
  delay_us = static_cast<int>(when.delay.count());
  armed = static_cast<int>(when.where);
}

void reach(failpoint point) {
  if (armed.load(std::memory_order_relaxed) != static_cast<int>(point))
    return;
  if (left.fetch_sub(1) != 1)
    return;
  const std::chrono::microseconds delay{delay_us.load()};
  if (delay.count() == 0)
    ::_exit(killed_exit_code);
  std::thread{[delay] {
    std::this_thread::sleep_for(delay);
    ::_exit(killed_exit_code);
  }}.detach();
}

} // namespace laurel::schemas
