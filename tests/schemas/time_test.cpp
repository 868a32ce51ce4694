#include "schemas/base/time.hpp"

#include <doctest/doctest.h>

#include <random>
#include <string>

using namespace laurel::schemas;

TEST_SUITE("time") {
  TEST_CASE("reads offsets, fractions and small letters as RFC 3339 has them") {
    CHECK(parse_rfc3339("2026-01-05T08:15:00+08:00")->ms == 1'767'572'100'000);
    CHECK(parse_rfc3339("2026-01-05T00:15:00Z")->ms == 1'767'572'100'000);
    CHECK(parse_rfc3339("2026-01-04t18:45:00.1-05:30")->ms == 1'767'572'100'100);
    CHECK(parse_rfc3339("1969-12-31T23:59:59.999z")->ms == -1);
    CHECK(parse_rfc3339("1970-01-01T00:00:00-00:00")->ms == 0);
  }

  TEST_CASE("cuts what is finer than a millisecond, also before 1970") {
    CHECK(parse_rfc3339("1970-01-01T00:00:00.0019999999999999999999Z")->ms == 1);
    CHECK(parse_rfc3339("1969-12-31T23:59:59.0019Z")->ms == -999);
  }

  TEST_CASE("takes a leap second as the next second, and only where one can be") {
    CHECK(parse_rfc3339("2016-12-31T23:59:60Z") == parse_rfc3339("2017-01-01T00:00:00Z"));
    CHECK(parse_rfc3339("2017-01-01T05:29:60+05:30") == parse_rfc3339("2017-01-01T00:00:00Z"));
    CHECK_FALSE(parse_rfc3339("2016-12-30T23:59:60Z"));
    CHECK_FALSE(parse_rfc3339("2016-12-31T12:00:60Z"));
  }

  TEST_CASE("knows the calendar") {
    CHECK(parse_rfc3339("2024-02-29T00:00:00Z"));
    CHECK_FALSE(parse_rfc3339("2025-02-29T00:00:00Z"));
    CHECK_FALSE(parse_rfc3339("1900-02-29T00:00:00Z"));
    CHECK(parse_rfc3339("2000-02-29T00:00:00Z"));
    CHECK_FALSE(parse_rfc3339("2026-00-01T00:00:00Z"));
    CHECK_FALSE(parse_rfc3339("2026-01-00T00:00:00Z"));
  }

  TEST_CASE("keeps to the years that it can write") {
    CHECK(parse_rfc3339("0001-01-01T00:00:00Z") == event_time_min);
    CHECK(parse_rfc3339("9999-12-31T23:59:59.999Z") == event_time_max);
    CHECK_FALSE(parse_rfc3339("0001-01-01T00:00:00+00:01"));
    CHECK_FALSE(parse_rfc3339("9999-12-31T23:59:59-00:01"));
    CHECK_FALSE(parse_rfc3339("0000-06-01T00:00:00Z"));
  }

  TEST_CASE("no single character can be dropped or replaced by a letter") {
    const std::string good = "2026-01-05T08:15:00.5+08:00";
    REQUIRE(parse_rfc3339(good));

    for (std::size_t at = 0; at < good.size(); ++at) {
      std::string dropped = good;
      dropped.erase(at, 1);
      std::string replaced = good;
      replaced[at] = 'x';
      CAPTURE(at);
      CHECK(parse_rfc3339(replaced).has_value() == false);
      const bool is_fraction = at == 19; // Without the point, "005+08:00" is left.
      CHECK((is_fraction || !parse_rfc3339(dropped)));
    }
  }

  TEST_CASE("says what is wrong, and shows foreign text safely") {
    const auto bad =
      parse_rfc3339("2026-01-05T08:15:00\n\xff and so on, for a long time to come ...");
    REQUIRE_FALSE(bad);
    CHECK(bad.error().code == errc::bad_input);
    CHECK(bad.error().message.find("\\x0a\\xff and so on") != std::string::npos);
    CHECK(bad.error().message.find('\n') == std::string::npos);
  }

  TEST_CASE("reads back every moment that it writes, and text order is time order") {
    const std::uint64_t seed = std::random_device{}();
    MESSAGE("seed ", seed);
    std::mt19937_64 random(seed);
    std::uniform_int_distribution<std::int64_t> moments(event_time_min.ms, event_time_max.ms);

    for (int i = 0; i < 20'000; ++i) {
      const event_time a{moments(random)};
      const event_time b{moments(random)};
      REQUIRE(parse_rfc3339(to_rfc3339(a)) == a);
      REQUIRE((to_rfc3339(a) < to_rfc3339(b)) == (a < b));
    }
    CHECK(to_rfc3339(event_time_min) == "0001-01-01T00:00:00.000Z");
    CHECK(to_rfc3339(event_time_max) == "9999-12-31T23:59:59.999Z");
    CHECK(to_rfc3339({1'767'572'100'000}) == "2026-01-05T00:15:00.000Z");
  }

} // TEST_SUITE
