#include "state/parked.hpp"

#include <doctest/doctest.h>

using namespace laurel::state;

TEST_SUITE("parked") {
  TEST_CASE("a parked user reads as it was written, whatever its id holds") {
    for (const auto* id : {"ann", "a/b", "__parked/u"}) {
      const parked_user user{id, "the core record is damaged", 1'767'572'100'000, 7, 1'234};

      const auto read = decode_parked_user(user_row(user));

      REQUIRE(read);
      CHECK(*read == user);
    }
  }

  TEST_CASE("a waiting record reads as it was written") {
    const parked_record record{1,          41, 1'767'572'100'000, "ann", std::string("\0\xff{", 3),
                               "t/1/2/3/4"};

    const auto read = decode_parked_record(*record_row("ann", 0, record).value);

    REQUIRE(read);
    CHECK(*read == record);
  }

  TEST_CASE("the records of a user lie together, in order, and apart from all others'") {
    const auto first = record_row("ann", 255, {}).key;
    const auto second = record_row("ann", 256, {}).key;
    const auto prefix = parked_records_prefix("ann");

    CHECK(first < second);
    CHECK(first.starts_with(prefix));
    CHECK(second.starts_with(prefix));
    CHECK(!record_row("anna", 0, {}).key.starts_with(prefix));
    CHECK(!parked_user_key("ann").starts_with(prefix));
    CHECK(user_of(first).empty()); // No user's own row.
  }

  TEST_CASE("a row that is damaged or of somebody else is told, not read") {
    CHECK(!decode_parked_user({"__parked/u", "x"}));
    CHECK(!decode_parked_user({core_key("ann"), "x"}));
    CHECK(!decode_parked_user({parked_user_key("ann"), std::nullopt}));
    CHECK(!decode_parked_user({parked_user_key("ann"), std::string("\x0a\xff", 2)}));
    CHECK(!decode_parked_record(std::string("\x22\xff", 2)));
  }
}
