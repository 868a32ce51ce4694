#include "schemas/money.hpp"

#include <doctest/doctest.h>

#include <limits>

using namespace laurel::schemas;

TEST_SUITE("money") {
  TEST_CASE("counts in the currency's smallest unit") {
    CHECK(parse_money("12.50", "EUR")->minor == 1250);
    CHECK(parse_money("12.5", "EUR")->minor == 1250);
    CHECK(parse_money("12", "EUR")->minor == 1200);
    CHECK(parse_money("0", "EUR")->minor == 0);
    CHECK(parse_money("1250", "JPY")->minor == 1250);
    CHECK(parse_money("0.125", "KWD")->minor == 125);
    CHECK(parse_money("1.0001", "CLF")->minor == 10'001);
    CHECK(parse_money("12.50", "EUR")->unit.text() == "EUR");
  }

  TEST_CASE("refuses more decimal places than the currency has, even zeros") {
    CHECK_FALSE(parse_money("1.000", "EUR"));
    CHECK_FALSE(parse_money("1.0", "JPY"));
    CHECK_FALSE(parse_money("1.0000", "BHD"));
  }

  TEST_CASE("refuses what is no plain decimal of zero or more") {
    for (const char* const text : {"", "-1", "+1", "1.", ".5", "01", "00", "1e2", "1,5", " 1", "1 ",
                                   "1.5.5", "0x1", "NaN"}) {
      CAPTURE(text);
      const auto amount = parse_money(text, "EUR");
      REQUIRE_FALSE(amount);
      CHECK(amount.error().code == errc::bad_input);
    }
  }

  TEST_CASE("goes up to the last unit and not one further") {
    CHECK(parse_money("92233720368547758.07", "EUR")->minor
          == std::numeric_limits<std::int64_t>::max());
    CHECK_FALSE(parse_money("92233720368547758.08", "EUR"));
    CHECK(parse_money("9223372036854775807", "JPY"));
    CHECK_FALSE(parse_money("9223372036854775808", "JPY"));
    CHECK_FALSE(parse_money("9223372036854775.808", "TND"));
  }

  TEST_CASE("knows ISO 4217") {
    CHECK(minor_exponent("EUR") == 2);
    CHECK(minor_exponent("JPY") == 0);
    CHECK(minor_exponent("TND") == 3);
    CHECK(minor_exponent("UYW") == 4);
    CHECK(minor_exponent("ZWL") == 2);
    for (const char* const code :
         {"XXX", "XAU", "XTS", "ABC", "eur", "EU", "EURO", "", "E R", "ÜR"})
      CHECK_FALSE(minor_exponent(code));
  }

  TEST_CASE("is exact in major units, at any size") {
    CHECK(major_units(*parse_money("12.50", "EUR")).text() == "12.5");
    CHECK(major_units(*parse_money("1250", "JPY")).text() == "1250");
    CHECK(major_units(*parse_money("9223372036854775807", "JPY")).text() == "9223372036854775807");
    CHECK(major_units(*parse_money("0.0001", "CLF")).text() == "0.0001");
  }

} // TEST_SUITE
