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

wide_number wide_number::of_limbs(std::uint64_t low, std::uint64_t middle, std::uint64_t high) {
  wide_number out;
  out.low_ = low;
  out.middle_ = middle;
  out.high_ = static_cast<std::int64_t>(high);
  return out;
}

} // namespace laurel::state
