#pragma once

#include "schemas/decimal.hpp"

#include <array>
#include <string_view>

namespace laurel::schemas {

/// An ISO 4217 code, three upper-case letters.
struct currency {
  std::array<char, 3> code{};

  std::string_view text() const { return {code.data(), code.size()}; }
  friend bool operator==(const currency&, const currency&) = default;
};

/// An exact, never negative amount. `minor` counts the currency's smallest unit: 1250 is EUR 12.50
/// and JPY 1250.
struct money {
  std::int64_t minor = 0;
  currency unit;

  friend bool operator==(const money&, const money&) = default;
};

/// Decimal places of a currency by ISO 4217; fails with `bad_input` on an unknown code.
result<int> minor_exponent(std::string_view code);

/// Parses "12.50", "EUR". Fails on signs, exponents, more places than the currency has, overflow.
result<money> parse_money(std::string_view value, std::string_view code);

/// In major units: EUR 12.50 is 12.5.
decimal major_units(const money& amount);

} // namespace laurel::schemas
