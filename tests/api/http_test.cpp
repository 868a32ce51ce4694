#include "api/http.hpp"

#include <doctest/doctest.h>

using namespace laurel::api;

TEST_SUITE("http") {
  TEST_CASE("a target is split into a path as sent and decoded query values") {
    request what;

    REQUIRE(parse_target("/api/v1/users?id=a%2Fb+c&limit=20&flag", what));

    CHECK(what.path == "/api/v1/users");
    CHECK(value_of(what.query, "id") == "a/b c");
    CHECK(value_of(what.query, "limit") == "20");
    CHECK(value_of(what.query, "flag") == "");
    CHECK_FALSE(value_of(what.query, "other").has_value());
  }

  TEST_CASE("a target that is not a path, or holds a broken escape or a raw control character, "
            "is refused") {
    for (const auto* target : {"", "*", "http://laurel/x", "/a?x=%", "/a?x=%2", "/a?x=%zz", "/a\tb",
                               "/a b", "/caf\xc3\xa9", "/a#b"}) {
      request what;
      CHECK_MESSAGE(!parse_target(target, what), target);
    }
  }

  TEST_CASE("encoding and decoding are inverse for every byte") {
    std::string all;
    for (int byte = 0; byte < 256; ++byte)
      all += static_cast<char>(byte);

    CHECK(percent_decode(percent_encode(all)) == all);
    CHECK(percent_encode("a/b ~") == "a%2Fb%20~");
  }

  TEST_CASE("methods are told exactly, in upper case") {
    CHECK(parse_method("DELETE") == method::del);
    CHECK_FALSE(parse_method("delete").has_value());
    CHECK_FALSE(parse_method("TRACE").has_value());
    CHECK(name_of(method::patch) == "PATCH");
  }
}
