#pragma once

#include "schemas/decimal.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace laurel::state {

/// An exact total of 192 bits. Sums of decimals may leave a decimal's range and come back: because
/// nothing is lost meanwhile, every addition can be undone and the order of additions is no input.
class wide_number {
public:
  void add(schemas::int128 units) { add_limbs(units, units < 0 ? -1 : 0); }
  void add(const wide_number& other);
  void subtract(const wide_number& other);

  /// The total as 128 bits; nothing while it does not fit.
  std::optional<schemas::int128> fitting() const;

  /// The total divided by `count`, rounded half to even; nothing if that does not fit, or for a
  /// count below 1.
  std::optional<schemas::int128> divided_by(std::int64_t count) const;
  bool is_zero() const { return low_ == 0 && middle_ == 0 && high_ == 0; }

  /// Low, middle, high: how it is stored.
  std::uint64_t limb(int index) const {
    return index == 0 ? low_ : index == 1 ? middle_ : static_cast<std::uint64_t>(high_);
  }
  static wide_number of_limbs(std::uint64_t low, std::uint64_t middle, std::uint64_t high);

  friend bool operator==(const wide_number&, const wide_number&) = default;

private:
  void add_limbs(schemas::int128 lower, std::int64_t high);

  std::uint64_t low_ = 0;
  std::uint64_t middle_ = 0;
  std::int64_t high_ = 0;
};

} // namespace laurel::state
