#include "schemas/base/failpoint.hpp"

#include <array>
#include <atomic>
#include <charconv>
#include <unistd.h>

namespace laurel::schemas {

namespace {

constexpr int killed_exit_code = 137;

constexpr std::array<std::string_view, 18> names{"k0",  "k1",  "k2",  "k3",  "k4",  "k5",
                                                 "k6",  "k7",  "k8",  "k9",  "k10", "k11",
                                                 "k12", "k13", "k14", "k15", "k16", "k18"};

// Written once before the threads start; the only mutable global, because a kill point must be
// reachable from everywhere and cost nothing.
std::atomic<int> armed{-1};
std::atomic<int> left{0};

} // namespace

bool arm_failpoint(std::string_view text) {
  const auto colon = text.find(':');
  const auto name = text.substr(0, colon);
  int times = 1;
  if (colon != std::string_view::npos) {
    const auto digits = text.substr(colon + 1);
    const auto [end, bad] = std::from_chars(digits.data(), digits.data() + digits.size(), times);
    if (bad != std::errc{} || end != digits.data() + digits.size() || times < 1)
      return false;
  }
  for (std::size_t i = 0; i < names.size(); ++i)
    if (names[i] == name) {
      left = times;
      armed = static_cast<int>(i);
      return true;
    }
  return false;
}

void reach(failpoint point) {
  if (armed.load(std::memory_order_relaxed) != static_cast<int>(point))
    return;
  if (left.fetch_sub(1) == 1)
    ::_exit(killed_exit_code);
}

} // namespace laurel::schemas
