#pragma once

#include "schemas/base/result.hpp"

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace laurel::schemas {

__extension__ typedef __int128 int128;

/// An exact number with nine decimal places: what rules count, sum and compare with. Money, counts
/// and numeric attributes all become this; there is no binary floating point in a decision.
/// Range about +-1.7e29. Arithmetic is checked: an overflow gives no value.
class decimal {
public:
  static constexpr std::int64_t units_per_one = 1'000'000'000;

  constexpr decimal() = default;
  static constexpr decimal from_integer(std::int64_t value) {
    return decimal(static_cast<int128>(value) * units_per_one);
  }
  static constexpr decimal from_units(int128 units) { return decimal(units); }

  /// Parses "-12.50" or "1e3"; fails with `bad_input` on other text, more than nine decimal places
  /// that matter, or overflow.
  static result<decimal> parse(std::string_view text);

  /// The shortest decimal text that reads back as `value` is what its writer meant; fails as
  /// `parse` does on that text.
  static result<decimal> from_double(double value);

  /// As `from_double`, but places past the ninth are rounded half to even: for measured values,
  /// such as coordinates. Fails on overflow, infinity and NaN.
  static result<decimal> rounded(double value);

  /// Billionths.
  constexpr int128 units() const { return units_; }

  /// Plain notation without trailing zeros: "12.5", "-3", "0".
  std::string text() const;

  friend constexpr auto operator<=>(decimal, decimal) = default;

private:
  constexpr explicit decimal(int128 units) : units_(units) {}

  int128 units_ = 0;
};

/// Nothing on overflow. Multiplication and division round half to even at the ninth place;
/// division by zero gives nothing.
std::optional<decimal> add(decimal a, decimal b);
std::optional<decimal> subtract(decimal a, decimal b);
std::optional<decimal> multiply(decimal a, decimal b);
std::optional<decimal> divide(decimal a, decimal b);

} // namespace laurel::schemas
