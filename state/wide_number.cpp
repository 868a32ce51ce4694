#include "state/wide_number.hpp"

namespace laurel::state {

namespace {

__extension__ typedef unsigned __int128 uint128;
constexpr int limb_bits = 64;

} // namespace

void wide_number::add_limbs(schemas::int128 lower, std::int64_t high) {
  const auto mine = static_cast<uint128>(middle_) << limb_bits | low_;
  const auto sum = mine + static_cast<uint128>(lower); // Wraps; the carry goes up.
  const std::uint64_t carry = sum < mine ? 1 : 0;
  low_ = static_cast<std::uint64_t>(sum);
  middle_ = static_cast<std::uint64_t>(sum >> limb_bits);
  high_ = static_cast<std::int64_t>(static_cast<std::uint64_t>(high_)
                                    + static_cast<std::uint64_t>(high) + carry);
}

void wide_number::add(const wide_number& other) {
  const auto lower = static_cast<uint128>(other.middle_) << limb_bits | other.low_;
  add_limbs(static_cast<schemas::int128>(lower), other.high_);
}

void wide_number::subtract(const wide_number& other) {
  // Two's complement: -x is ~x + 1.
  add(of_limbs(~other.low_, ~other.middle_, ~static_cast<std::uint64_t>(other.high_)));
  add(schemas::int128{1});
}

std::optional<schemas::int128> wide_number::fitting() const {
  const auto lower = static_cast<uint128>(middle_) << limb_bits | low_;
  const auto value = static_cast<schemas::int128>(lower);
  if (high_ != (value < 0 ? -1 : 0))
    return std::nullopt;
  return value;
}

std::optional<schemas::int128> wide_number::divided_by(std::int64_t count) const {
  if (count < 1)
    return std::nullopt;
  const bool is_negative = high_ < 0;
  wide_number size;
  if (is_negative)
    size.subtract(*this);
  else
    size = *this;
  const auto divisor = static_cast<uint128>(count);
  wide_number quotient;
  uint128 rest = 0;
  const auto next_limb = [&](std::uint64_t limb) {
    const auto part = rest << limb_bits | limb;
    rest = part % divisor;
    return static_cast<std::uint64_t>(part / divisor); // Fits, because rest < divisor.
  };
  quotient.high_ = static_cast<std::int64_t>(next_limb(static_cast<std::uint64_t>(size.high_)));
  quotient.middle_ = next_limb(size.middle_);
  quotient.low_ = next_limb(size.low_);
  const bool is_odd = (quotient.low_ & 1U) != 0;
  if (rest * 2 > divisor || (rest * 2 == divisor && is_odd))
    quotient.add(schemas::int128{1});
  if (!is_negative)
    return quotient.fitting();
  wide_number negated;
  negated.subtract(quotient);
  return negated.fitting();
}

wide_number wide_number::of_limbs(std::uint64_t low, std::uint64_t middle, std::uint64_t high) {
  wide_number out;
  out.low_ = low;
  out.middle_ = middle;
  out.high_ = static_cast<std::int64_t>(high);
  return out;
}

} // namespace laurel::state
