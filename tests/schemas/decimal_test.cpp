#include "schemas/decimal.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <fstream>
#include <limits>
#include <random>
#include <sstream>
#include <string>

using namespace laurel::schemas;

TEST_SUITE("decimal") {
  namespace {

  constexpr const char* greatest = "170141183460469231731687303715.884105727";
  constexpr const char* least = "-170141183460469231731687303715.884105728";

  decimal number(std::string_view text) {
    const auto value = decimal::parse(text);
    REQUIRE_MESSAGE(value.has_value(), text);
    return *value;
  }

  std::string outcome(std::optional<decimal> value) {
    return value ? value->text() : "none";
  }

  decimal random_decimal(std::mt19937_64& random) {
    const auto high = static_cast<std::int64_t>(random());
    const int128 wide = static_cast<int128>(high) * (int128{1} << 64) + random();
    return decimal::from_units(wide >> (random() % 128));
  }

  } // namespace

  TEST_CASE("reads what JSON calls a number") {
    CHECK(number("-12.50").text() == "-12.5");
    CHECK(number("1e3").text() == "1000");
    CHECK(number("1E-9").text() == "0.000000001");
    CHECK(number("1.5e+2").text() == "150");
    CHECK(number("0").text() == "0");
    CHECK(number("-0.000").text() == "0");
    CHECK(number("0e999999999999").text() == "0");
    CHECK(number("1000000000000e-21").text() == "0.000000001");
    CHECK(number("0." + std::string(50, '0') + "1e51").text() == "1");
    CHECK(number("1" + std::string(60, '0') + "e-60").text() == "1");
  }

  TEST_CASE("refuses other text") {
    for (const char* const text : {"", "-", "+1", "01", "-01", "1.", ".5", "1e", "1e+", "1e1.5",
                                   "0x10", "1_000", " 1", "1 ", "NaN", "inf", "1,5", "--1", "1-"}) {
      CAPTURE(text);
      CHECK_FALSE(decimal::parse(text));
    }
  }

  TEST_CASE("refuses a tenth decimal place, unless it is a zero") {
    CHECK(decimal::parse("0.1234567890000"));
    const auto fine = decimal::parse("0.1234567891");
    REQUIRE_FALSE(fine);
    CHECK(fine.error().message.find("nine decimal places") != std::string::npos);
    CHECK_FALSE(decimal::parse("1e-10"));
    CHECK_FALSE(decimal::parse("0.1234567890123456789012345678901234567890123456789"));
  }

  TEST_CASE("reaches its ends and not one further") {
    CHECK(number(greatest).text() == greatest);
    CHECK(number(least).text() == least);
    for (const char* const text :
         {"170141183460469231731687303715.884105728", "-170141183460469231731687303715.884105729",
          "1e30", "1e100000000", "99999999999999999999999999999999999999999999999999"}) {
      const auto value = decimal::parse(text);
      REQUIRE_FALSE(value);
      CHECK(value.error().message.find("out of range") != std::string::npos);
    }
  }

  TEST_CASE("takes a double for the shortest text that reads back as it") {
    CHECK(decimal::from_double(0.1)->text() == "0.1");
    CHECK(decimal::from_double(-2.5)->text() == "-2.5");
    CHECK(decimal::from_double(1e29)->text() == "100000000000000000000000000000");
    CHECK_FALSE(decimal::from_double(0.1 + 0.2)); // 0.30000000000000004
    CHECK_FALSE(decimal::from_double(1e30));
    CHECK_FALSE(decimal::from_double(std::nan("")));
    CHECK_FALSE(decimal::from_double(std::numeric_limits<double>::infinity()));
  }

  TEST_CASE("rounds a measured double half to even at the ninth place") {
    CHECK(decimal::rounded(0.1 + 0.2)->text() == "0.3");
    CHECK(decimal::rounded(0.0000000005)->text() == "0");
    CHECK(decimal::rounded(0.0000000015)->text() == "0.000000002");
    CHECK(decimal::rounded(-0.0000000025)->text() == "-0.000000002");
    CHECK(decimal::rounded(0.00000000051)->text() == "0.000000001");
    CHECK(decimal::rounded(9.999999999999)->text() == "10");
    CHECK(decimal::rounded(5e-324)->text() == "0");
    CHECK(decimal::rounded(9.9e-11)->text() == "0");
    CHECK(decimal::rounded(48.85837009999999)->text() == "48.8583701");
    CHECK(decimal::rounded(1.7e29));
    CHECK_FALSE(decimal::rounded(1.8e29));
    CHECK_FALSE(decimal::rounded(std::nan("")));
  }

  TEST_CASE("computes as another implementation does") {
    std::ifstream file(LAUREL_SOURCE_DIR "/tests/schemas/decimal_vectors.txt");
    std::size_t cases = 0;
    for (std::string line; std::getline(file, line); ++cases) {
      std::istringstream words(line);
      std::string operation, a, b, wanted;
      words >> operation >> a >> b >> wanted;
      CAPTURE(line);
      const auto apply = operation == "add"        ? add
                         : operation == "subtract" ? subtract
                         : operation == "multiply" ? multiply
                                                   : divide;
      REQUIRE(outcome(apply(number(a), number(b))) == wanted);
    }
    CHECK(cases > 1'000);
  }

  TEST_CASE("keeps the identities of arithmetic") {
    const std::uint64_t seed = std::random_device{}();
    MESSAGE("seed ", seed);
    std::mt19937_64 random(seed);
    const decimal one = decimal::from_integer(1);

    for (int i = 0; i < 20'000; ++i) {
      const decimal a = random_decimal(random);
      const decimal b = random_decimal(random);
      REQUIRE(number(a.text()) == a);
      REQUIRE(add(a, b) == add(b, a));
      REQUIRE(multiply(a, b) == multiply(b, a));
      REQUIRE(multiply(a, one) == a);
      REQUIRE(divide(a, one) == a);
      if (const auto sum = add(a, b))
        REQUIRE(subtract(*sum, b) == a);
      if (a.units() != 0)
        REQUIRE(divide(a, a) == one);
      REQUIRE_FALSE(divide(a, decimal()));
    }
  }

} // TEST_SUITE
