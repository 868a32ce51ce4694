#pragma once

#include <cstdint>
#include <initializer_list>
#include <random>
#include <string>

namespace laurel::tests {

inline constexpr std::int64_t hour = 3'600'000;
inline constexpr std::int64_t day = 24 * hour;

/// Random choices that a seed repeats.
class dice {
public:
  explicit dice(std::uint64_t seed) : random_(seed) {}
  std::int64_t up_to(std::int64_t n) {
    return static_cast<std::int64_t>(random_() % (static_cast<std::uint64_t>(n) + 1));
  }
  bool one_in(std::int64_t n) { return up_to(n - 1) == 0; }
  std::string any(std::initializer_list<const char*> all) {
    return *(all.begin() + up_to(static_cast<std::int64_t>(all.size()) - 1));
  }
  std::mt19937_64& engine() { return random_; }

private:
  std::mt19937_64 random_;
};

/// A small random rule "r<number>" over events of types a and b, as the histories of
/// engine_property_test.cpp have them.
std::string random_rule(dice& d, int number);

/// The same, of a sequence or of a streak of any form, which tests/state/reference.cpp does not
/// know.
std::string random_wide_rule(dice& d, int number);

} // namespace laurel::tests
