#include "schemas/money.hpp"

#include "schemas/base/check.hpp"
#include "schemas/base/text.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

namespace laurel::schemas {

namespace {

// ISO 4217 list one, by minor-unit exponent. Codes without a minor unit (metals, bond-market units,
// XDR, XTS, XXX) cannot carry an amount. A few withdrawn lately stay, for events of their time.
constexpr std::string_view without_minor =
  "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF";
constexpr std::string_view hundredths =
  "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BOV BRL BSD BTN BWP BYN BZD "
  "CAD CDF CHE CHF CHW CNY COP COU CRC CUC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL "
  "GHS GIP GMD GTQ GYD HKD HNL HRK HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR "
  "LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB "
  "PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SLL SOS SRD SSP STN SVC SYP "
  "SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG ZWL";
constexpr std::string_view thousandths = "BHD IQD JOD KWD LYD OMR TND";
constexpr std::string_view ten_thousandths = "CLF UYW";

constexpr std::size_t letters = 26;
constexpr std::int8_t unknown = -1;

constexpr std::size_t index_of(const char* code) {
  std::size_t index = 0;
  for (std::size_t i = 0; i < 3; ++i)
    index = index * letters + static_cast<std::size_t>(code[i] - 'A');
  return index;
}

/// Exponent by code: a lookup is one load.
constexpr auto exponents = [] {
  std::array<std::int8_t, letters * letters * letters> table{};
  for (auto& entry : table)
    entry = unknown;
  const auto fill = [&](std::string_view codes, std::int8_t exponent) {
    for (std::size_t at = 0; at < codes.size(); at += 4)
      table[index_of(codes.data() + at)] = exponent;
  };
  fill(without_minor, 0);
  fill(hundredths, 2);
  fill(thousandths, 3);
  fill(ten_thousandths, 4);
  return table;
}();

constexpr std::array<std::int64_t, 10> powers_of_ten{
  1, 10, 100, 1'000, 10'000, 100'000, 1'000'000, 10'000'000, 100'000'000, 1'000'000'000};
constexpr int decimal_places = 9;

std::int8_t exponent_of(std::string_view code) {
  if (code.size() != 3)
    return unknown;
  for (const char c : code)
    if (c < 'A' || c > 'Z')
      return unknown;
  return exponents[index_of(code.data())];
}

tl::unexpected<error> refuse(std::string_view text, const std::string& why) {
  return failure(errc::bad_input, quoted(text) + " " + why);
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// Appends the digits of `text` to `minor`. False on overflow; the text holds digits only.
bool append_digits(std::string_view text, std::int64_t& minor) {
  for (const char c : text)
    if (__builtin_mul_overflow(minor, 10, &minor) || __builtin_add_overflow(minor, c - '0', &minor))
      return false;
  return true;
}

/// value = ( "0" / digit1-9 *digit ) [ "." 1*digit ]
struct plain_number {
  std::string_view whole;
  std::string_view fraction;
  bool ok = false;
};

plain_number split_plain(std::string_view text) {
  std::size_t at = 0;
  const auto take_digits = [&] {
    const std::size_t begin = at;
    while (at < text.size() && is_digit(text[at]))
      ++at;
    return text.substr(begin, at - begin);
  };
  plain_number number;
  number.whole = take_digits();
  if (number.whole.empty() || (number.whole.size() > 1 && number.whole[0] == '0'))
    return number;
  number.ok = at == text.size();
  if (!number.ok && text[at] == '.') {
    ++at;
    number.fraction = take_digits();
    number.ok = at == text.size() && !number.fraction.empty();
  }
  return number;
}

} // namespace

result<int> minor_exponent(std::string_view code) {
  const std::int8_t exponent = exponent_of(code);
  if (exponent == unknown)
    return refuse(code, "is no ISO 4217 currency with a minor unit");
  return exponent;
}

result<money> parse_money(std::string_view value, std::string_view code) {
  const auto exponent = minor_exponent(code);
  if (!exponent)
    return tl::unexpected(exponent.error());
  const plain_number number = split_plain(value);
  if (!number.ok)
    return refuse(value, "is no plain decimal of zero or more, such as 12.50");
  const auto places = static_cast<std::size_t>(*exponent);
  if (number.fraction.size() > places)
    return refuse(value, "has more than the " + std::to_string(places) + " decimal places of "
                           + std::string(code));

  money amount{0, {{code[0], code[1], code[2]}}};
  const bool fits =
    append_digits(number.whole, amount.minor) && append_digits(number.fraction, amount.minor)
    && !__builtin_mul_overflow(amount.minor, powers_of_ten[places - number.fraction.size()],
                               &amount.minor);
  if (!fits)
    return refuse(value, "is out of range");
  return amount;
}

decimal major_units(const money& amount) {
  const std::int8_t exponent = exponent_of(amount.unit.text());
  CHECK_ALWAYS(exponent != unknown); // A `money` is made by `parse_money` only.
  const auto scale = powers_of_ten[static_cast<std::size_t>(decimal_places - exponent)];
  return decimal::from_units(static_cast<int128>(amount.minor) * scale);
}

} // namespace laurel::schemas
