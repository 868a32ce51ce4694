#include "state/row.hpp"
#include "state/user_store.hpp"

#include <doctest/doctest.h>

using namespace laurel;

TEST_SUITE("row") {
  TEST_CASE("tells whose row a key is") {
    CHECK(state::user_of(state::core_key("ann")) == "ann");
    CHECK(state::user_of(state::core_key(std::string(256, 'x'))) == std::string(256, 'x'));
  }

  TEST_CASE("no user's prefix begins another user's rows") {
    const auto short_id = state::user_prefix("a");
    const auto long_id = state::core_key("ac");

    CHECK(long_id.compare(0, short_id.size(), short_id) != 0);
  }

  TEST_CASE("finds no user in the meta key and in malformed keys") {
    CHECK(state::user_of(state::meta_key).empty());
    CHECK(state::user_of("").empty());
    CHECK(state::user_of(std::string("\x00", 1)).empty());
    CHECK(state::user_of(std::string("\x00\x00r", 3)).empty());
    CHECK(state::user_of(std::string("\x00\x03"
                                     "an",
                                     4))
            .empty());
    CHECK(state::user_of(std::string("\x00\x03"
                                     "ann",
                                     5))
            .empty());
  }

  TEST_CASE("a core record says in its second byte whether there is more") {
    CHECK_FALSE(state::has_more_rows(""));
    CHECK_FALSE(state::has_more_rows(std::string("\x01\x00", 2)));
    CHECK(state::has_more_rows(std::string("\x01\x01", 2)));
  }
}
