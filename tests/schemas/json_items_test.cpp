#include "schemas/json_items.hpp"

#include <doctest/doctest.h>

using namespace laurel::schemas;

TEST_SUITE("json items") {
  TEST_CASE("elements keep their bytes") {
    using texts = std::vector<std::string>;
    CHECK(json_items(R"([ {"a" : 1.10} , [1, 2],"x]", 12345678901234567890123 , null ])", 9).value()
          == texts{R"({"a" : 1.10})", "[1, 2]", R"("x]")", "12345678901234567890123", "null"});
    CHECK(json_items("\n{\"a\":[1]}\n", 9).value() == texts{"{\"a\":[1]}"});
    CHECK(json_items("[]", 9).value().empty());
  }

  TEST_CASE("what is neither an array nor an object is refused") {
    for (const auto* const bad :
         {"", " ", "1", "\"x\"", "[1 2]", "[1]]", "[1] x", "[1", "[{\"a\":1]"})
      CHECK_MESSAGE(!json_items(bad, 9).has_value(), bad);
    CHECK_FALSE(json_items("[1,2,3]", 2).has_value());
  }
}
