#include "schemas/decimal.hpp"

#include "schemas/base/text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstddef>

namespace laurel::schemas {

namespace {

__extension__ typedef unsigned __int128 uint128;

constexpr int places = 9;
constexpr uint128 magnitude_max = (uint128{1} << 127) - 1;

/// Sign apart from size, because the smallest int128 has no positive twin.
struct signed_magnitude {
  bool negative = false;
  uint128 size = 0;
};

signed_magnitude split(int128 value) {
  const auto bits = static_cast<uint128>(value);
  return value < 0 ? signed_magnitude{true, uint128{0} - bits} : signed_magnitude{false, bits};
}

std::optional<decimal> join(bool negative, uint128 size) {
  if (size > magnitude_max + (negative ? 1 : 0))
    return std::nullopt;
  return decimal::from_units(static_cast<int128>(negative ? uint128{0} - size : size));
}

/// size * 10^exponent, or nothing if that is far out of range.
std::optional<uint128> scaled(uint128 size, int exponent) {
  for (; exponent > 0 && size != 0; --exponent) {
    if (size > magnitude_max / 10)
      return std::nullopt;
    size *= 10;
  }
  return size;
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

tl::unexpected<error> refuse(std::string_view text, const char* why) {
  return failure(errc::bad_input, quoted(text) + " " + why);
}

/// number = [ "-" ] ( "0" / digit1-9 *digit ) [ "." 1*digit ] [ ("e"/"E") [ "+"/"-" ] 1*digit ]
/// Collects significant digits; zeros wait in `pending_zeros_` until a digit follows, so that
/// trailing ones cost no place.
class number_reader {
public:
  explicit number_reader(std::string_view text) : text_(text) {}

  /// False on other text than a number.
  bool read() {
    negative_ = take('-');
    const std::size_t integer = at_;
    if (!read_digits(0))
      return false;
    if (text_[integer] == '0' && at_ - integer > 1)
      return false;
    if (take('.') && !read_digits(1))
      return false;
    if ((take('e') || take('E')) && !read_exponent())
      return false;
    return at_ == text_.size();
  }

  bool negative() const { return negative_; }
  /// More digits than any value has.
  bool too_long() const { return too_long_; }
  uint128 significand() const { return significand_; }
  /// Of the last significant digit.
  int exponent() const { return exponent_ + pending_zeros_; }

private:
  bool take(char c) {
    if (at_ == text_.size() || text_[at_] != c)
      return false;
    ++at_;
    return true;
  }

  bool read_digits(int places_each) {
    const std::size_t begin = at_;
    for (; at_ < text_.size() && is_digit(text_[at_]); ++at_) {
      exponent_ -= places_each;
      if (text_[at_] == '0')
        ++pending_zeros_;
      else
        push(static_cast<unsigned>(text_[at_] - '0'));
    }
    return at_ > begin;
  }

  void push(unsigned digit) {
    const auto shifted = scaled(significand_, pending_zeros_ + 1);
    pending_zeros_ = 0;
    too_long_ = too_long_ || !shifted;
    if (!too_long_)
      significand_ = *shifted + digit;
  }

  bool read_exponent() {
    const bool down = take('-');
    if (!down)
      take('+');
    const std::size_t begin = at_;
    int value = 0;
    for (; at_ < text_.size() && is_digit(text_[at_]); ++at_)
      value = std::min(value * 10 + (text_[at_] - '0'), exponent_limit);
    exponent_ += down ? -value : value;
    return at_ > begin;
  }

  static constexpr int exponent_limit = 100'000'000;
  std::string_view text_;
  std::size_t at_ = 0;
  bool negative_ = false;
  uint128 significand_ = 0;
  bool too_long_ = false;
  int pending_zeros_ = 0;
  int exponent_ = 0;
};

/// `rest` of `divisor` is left over; a half goes to the even neighbour.
uint128 rounded_half_even(uint128 quotient, uint128 rest, uint128 divisor) {
  const uint128 other = divisor - rest;
  if (rest > other || (rest == other && quotient % 2 == 1))
    ++quotient;
  return quotient;
}

/// a * b / units_per_one, rounded half to even; nothing above 2^128. School multiplication and
/// division by limbs of 32 bits.
std::optional<uint128> multiply_units(uint128 a, uint128 b) {
  constexpr std::uint64_t low = 0xffff'ffff;
  std::array<std::uint32_t, 8> product{};
  for (std::size_t i = 0; i < 4; ++i) {
    std::uint64_t carry = 0;
    for (std::size_t j = 0; j < 4; ++j) {
      const std::uint64_t x = static_cast<std::uint64_t>(a >> (32 * i)) & low;
      const std::uint64_t y = static_cast<std::uint64_t>(b >> (32 * j)) & low;
      const std::uint64_t sum = x * y + product[i + j] + carry;
      product[i + j] = static_cast<std::uint32_t>(sum & low);
      carry = sum >> 32;
    }
    product[i + 4] = static_cast<std::uint32_t>(carry);
  }
  constexpr std::uint64_t divisor = decimal::units_per_one;
  std::uint64_t rest = 0;
  uint128 quotient = 0;
  for (std::size_t i = product.size(); i-- > 0;) {
    const std::uint64_t part = (rest << 32) | product[i];
    if (i >= 4 && part / divisor != 0)
      return std::nullopt;
    quotient = (quotient << 32) | (part / divisor);
    rest = part % divisor;
  }
  return rounded_half_even(quotient, rest, divisor);
}

/// a * units_per_one / b for a < b, rounded half to even, where the product may not fit: long
/// division by the bits of units_per_one, so that no remainder exceeds 2b <= 2^128.
uint128 fraction_units(uint128 a, uint128 b) {
  uint128 quotient = 0;
  uint128 rest = 0;
  const auto fold = [&](uint128 more) {
    rest += more;
    if (rest >= b) {
      rest -= b;
      ++quotient;
    }
  };
  for (int bit = 29; bit >= 0; --bit) { // units_per_one < 2^30.
    quotient *= 2;
    fold(rest);
    if ((decimal::units_per_one >> bit) & 1)
      fold(a);
  }
  return rounded_half_even(quotient, rest, b);
}

} // namespace

result<decimal> decimal::parse(std::string_view text) {
  number_reader reader(text);
  if (!reader.read())
    return refuse(text, "is no decimal number");
  if (reader.significand() == 0 && !reader.too_long())
    return decimal();
  const int shift = reader.exponent() + places;
  if (shift < 0)
    return refuse(text, "has more than nine decimal places");
  const auto size = reader.too_long() ? std::nullopt : scaled(reader.significand(), shift);
  if (!size)
    return refuse(text, "is out of range");
  const auto value = join(reader.negative(), *size);
  if (!value)
    return refuse(text, "is out of range");
  return *value;
}

namespace {

/// What was written to make this double, most likely: the shortest text that reads back as it.
struct shortest_text {
  explicit shortest_text(double value)
      : end(std::to_chars(buffer.data(), buffer.data() + buffer.size(), value).ptr) {}
  std::string_view view() const {
    return {buffer.data(), static_cast<std::size_t>(end - buffer.data())};
  }

  std::array<char, 32> buffer; // The longest is "-1.7976931348623157e+308".
  char* end;
};

} // namespace

result<decimal> decimal::from_double(double value) {
  return parse(shortest_text(value).view());
}

result<decimal> decimal::rounded(double value) {
  const shortest_text text(value);
  number_reader reader(text.view());
  if (!reader.read())
    return refuse(text.view(), "is no decimal number");
  const int shift = reader.exponent() + places;
  if (shift >= 0)
    return parse(text.view());

  // At most 17 digits: below 10^-19 units nothing is left of them.
  uint128 divisor = 1;
  for (int i = shift; i < 0 && divisor < magnitude_max / 10; ++i)
    divisor *= 10;
  const uint128 size = reader.significand();
  return *join(reader.negative(), rounded_half_even(size / divisor, size % divisor, divisor));
}

std::string decimal::text() const {
  constexpr uint128 one = units_per_one;
  const auto [negative, size] = split(units_);
  std::array<char, 48> buffer;
  char* const end = buffer.data() + buffer.size();
  char* begin = end;

  auto fraction = static_cast<std::uint32_t>(size % one);
  if (fraction != 0) {
    int left = places;
    for (; fraction % 10 == 0; fraction /= 10)
      --left;
    for (; left > 0; --left, fraction /= 10)
      *--begin = static_cast<char>('0' + fraction % 10);
    *--begin = '.';
  }
  uint128 whole = size / one;
  do {
    *--begin = static_cast<char>('0' + static_cast<int>(whole % 10));
    whole /= 10;
  } while (whole != 0);
  if (negative)
    *--begin = '-';
  return {begin, end};
}

std::optional<decimal> add(decimal a, decimal b) {
  int128 sum = 0;
  if (__builtin_add_overflow(a.units(), b.units(), &sum))
    return std::nullopt;
  return decimal::from_units(sum);
}

std::optional<decimal> subtract(decimal a, decimal b) {
  int128 difference = 0;
  if (__builtin_sub_overflow(a.units(), b.units(), &difference))
    return std::nullopt;
  return decimal::from_units(difference);
}

std::optional<decimal> multiply(decimal a, decimal b) {
  const auto x = split(a.units());
  const auto y = split(b.units());
  const auto size = multiply_units(x.size, y.size);
  if (!size)
    return std::nullopt;
  return join(x.negative != y.negative, *size);
}

std::optional<decimal> divide(decimal a, decimal b) {
  const auto x = split(a.units());
  const auto y = split(b.units());
  if (y.size == 0)
    return std::nullopt;
  constexpr uint128 one = decimal::units_per_one;
  const uint128 whole = x.size / y.size;
  if (whole > magnitude_max / one)
    return std::nullopt;
  return join(x.negative != y.negative, whole * one + fraction_units(x.size % y.size, y.size));
}

} // namespace laurel::schemas
