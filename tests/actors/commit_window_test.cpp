#include "actors/commit_window.hpp"

#include <doctest/doctest.h>

using namespace laurel;
using namespace laurel::actors;

namespace {

std::vector<state::row> one_row(std::string key, std::string value) {
  return {{std::move(key), std::move(value)}};
}

} // namespace

TEST_SUITE("commit window") {
  TEST_CASE("writes a user who changed twice once, with the later rows") {
    commit_window window;
    window.stage(3, one_row("a", "1"));
    window.stage(4, one_row("b", "1"));
    window.stage(3, one_row("a", "22"));
    window.count_records(3);

    const auto batch = window.take({});

    REQUIRE(batch->rows.size() == 3);
    CHECK(batch->rows[0] == state::row{"a", "22"});
    CHECK(batch->rows[1] == state::row{"b", "1"});
    CHECK(batch->rows[2].key == state::meta_key);
  }

  TEST_CASE("keeps different rows of one user apart") {
    commit_window window;
    window.stage(3, one_row("a", "1"));
    window.stage(3, one_row("a.2", "1"));

    CHECK(window.take({})->rows.size() == 3);
  }

  TEST_CASE("is empty after it was taken, and carries the offsets of its meta record") {
    commit_window window;
    window.stage(output_record{output::grants, "u", "granted", {}});
    window.count_records(5);
    state::task_meta meta;
    meta.next_offset = {8, 9};

    const auto batch = window.take(meta);

    CHECK(batch->next_offset == input_offsets{8, 9});
    CHECK(batch->outputs.size() == 1);
    CHECK(window.empty());
    CHECK(window.bytes() == 0);
    CHECK(window.take(meta)->outputs.empty());
  }

  TEST_CASE("counts the bytes it holds, not those that were replaced") {
    commit_window window;
    window.stage(1, one_row("key", "12345"));
    window.stage(1, one_row("key", "1"));

    CHECK(window.bytes() == 4);
  }
}
