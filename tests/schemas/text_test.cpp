#include "schemas/base/text.hpp"

#include <doctest/doctest.h>

using namespace laurel::schemas;

TEST_SUITE("text") {
  TEST_CASE("shows plain text and whole characters as they are") {
    CHECK(quoted("user-1") == "'user-1'");
    CHECK(quoted("\u7528\u6237 \U0001f3c5") == "'\u7528\u6237 \U0001f3c5'");
    CHECK(quoted("") == "''");
  }

  TEST_CASE("escapes control characters and what is no UTF-8") {
    CHECK(quoted(std::string_view("a\0\n\x7f", 4)) == "'a\\x00\\x0a\\x7f'");
    CHECK(quoted("\xff") == "'\\xff'");
    CHECK(quoted("\xc0\xaf") == "'\\xc0\\xaf'");                   // Overlong.
    CHECK(quoted("\xe0\x80\xaf") == "'\\xe0\\x80\\xaf'");          // Overlong.
    CHECK(quoted("\xed\xa0\x80") == "'\\xed\\xa0\\x80'");          // A surrogate.
    CHECK(quoted("\xf4\x90\x80\x80") == "'\\xf4\\x90\\x80\\x80'"); // Beyond the last character.
    CHECK(quoted("\xe7\x94") == "'\\xe7\\x94'");                   // Cut.
    CHECK(quoted("\xc2\x9b") == "'\\xc2\\x9b'");                   // A control that terminals obey.
  }

  TEST_CASE("cuts a long text between characters") {
    CHECK(quoted(std::string(100, 'x')) == "'" + std::string(quoted_bytes_max, 'x') + "...'");
    CHECK(quoted("a\u7528b", 2) == "'a\u7528...'");
    CHECK(quoted("ab", 2) == "'ab'");
  }

  TEST_CASE("well-formed UTF-8 is told from what is none") {
    for (const auto* const good :
         {"", "plain", "\xc3\xa9", "\xe4\xb8\xad", "\xf0\x9f\x8f\x85", "\xc2\x9b"})
      CHECK_MESSAGE(laurel::schemas::is_utf8(good), quoted(good));
    for (const auto* const bad :
         {"\xff", "a\x80", "\xc3", "\xc0\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80"})
      CHECK_FALSE_MESSAGE(laurel::schemas::is_utf8(bad), quoted(bad));
  }
}
