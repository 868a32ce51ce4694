#include "state/meta.hpp"

#include <doctest/doctest.h>

using namespace laurel;

namespace {

state::task_meta sample() {
  state::task_meta meta;
  meta.commit_number = 7;
  meta.owner_epoch = 3;
  meta.owner = "node-1";
  meta.next_offset = {1234, 0};
  meta.catalog_position = 12;
  meta.clock = {1'767'225'600'000};
  meta.counters = {1, 2, 3, 4, 5, 6};
  meta.rules["b"] = {"v2", "a2", {-1}};
  meta.rules["a"] = {"v1", "a1", schemas::event_time::lowest()};
  return meta;
}

} // namespace

TEST_SUITE("task_meta") {
  TEST_CASE("reads back what it wrote") {
    const auto back = state::decode_meta(state::encode(sample()));

    REQUIRE(back.has_value());
    CHECK(*back == sample());
  }

  TEST_CASE("an untouched task reads back, its clock before every event") {
    const auto back = state::decode_meta(state::encode(state::task_meta{}));

    REQUIRE(back.has_value());
    CHECK(*back == state::task_meta{});
  }

  TEST_CASE("every cut of a record is either refused or a prefix of its fields, never a crash") {
    const auto whole = state::encode(sample());
    for (std::size_t size = 0; size < whole.size(); ++size) {
      const auto back = state::decode_meta(std::string_view(whole).substr(0, size));
      if (!back.has_value())
        CHECK(back.error().code == schemas::errc::corrupt);
      else
        CHECK_FALSE(*back == sample());
    }
  }

  TEST_CASE("another format is refused by its number") {
    auto bytes = state::encode(sample());
    bytes[1] = 9; // The value of field 1.

    const auto back = state::decode_meta(bytes);

    REQUIRE_FALSE(back.has_value());
    CHECK(back.error().message.find("format 9") != std::string::npos);
  }
}
