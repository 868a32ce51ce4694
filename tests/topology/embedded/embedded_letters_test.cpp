#include "schemas/dead_letter.hpp"
#include "topology/embedded/embedded_log.hpp"

#include "tests/topology/conformance.hpp"
#include "tests/topology/embedded/embedded_world.hpp"

#include <doctest/doctest.h>

using namespace laurel;
using topology::embedded::topic;

namespace {

struct fixture {
  tests::temp_directory directory;
  std::unique_ptr<topology::embedded_log> log = open();

  std::unique_ptr<topology::embedded_log> open() const {
    auto opened = topology::embedded_log::open(tests::small_settings(directory.path()));
    REQUIRE_MESSAGE(opened, tests::why(opened));
    return std::move(*opened);
  }

  /// What a task writes: `count` letters in one commit.
  void write_letters(std::int32_t partition, int count) const {
    auto task = log->task_logs().open(partition);
    REQUIRE(task);
    REQUIRE((*task)->fence());
    actors::commit_batch batch;
    for (int i = 0; i < count; ++i)
      batch.outputs.push_back({actors::output::dlq, "ann", "{bad", {{"class", "undecodable"}}});
    batch.rows = {{"__meta", "meta"}};
    REQUIRE((*task)->commit(batch).what == actors::commit_outcome::kind::committed);
  }

  std::vector<topology::stored_letter> letters(std::int32_t partition) const {
    std::vector<topology::stored_letter> found;
    REQUIRE(log->letters().visit(partition, [&](const auto& each) { found.push_back(each); }));
    return found;
  }
};

} // namespace

TEST_SUITE("embedded letters") {
  TEST_CASE("visits every letter of a partition, in order, with its headers") {
    const fixture at;
    at.write_letters(1, 2'500); // More than a page.

    const auto found = at.letters(1);

    REQUIRE(found.size() == 2'500);
    for (std::size_t i = 0; i < found.size(); ++i)
      REQUIRE(found[i].offset == static_cast<std::int64_t>(i));
    CHECK(found[0].partition == 1);
    CHECK(found[0].key == "ann");
    CHECK(found[0].value == "{bad");
    CHECK(found[0].headers == actors::headers{{"class", "undecodable"}});
    CHECK(at.letters(0).empty());
  }

  TEST_CASE("writes the note and the record in one go, and the feed sees where it comes from") {
    fixture at;
    at.write_letters(1, 1);
    topology::letter_settlement what;
    what.partition = 1;
    what.key = "ann";
    what.note = {{"settles", "0"}, {"as", "redriven"}};
    what.again = {schemas::input::transaction,
                  2,
                  "{bad",
                  {{std::string{schemas::redriven_header}, "topic/1/0/9/2"}}};

    REQUIRE(at.log->letters().take_over());
    REQUIRE(at.log->letters().settle(std::span{&what, 1}));

    const auto found = at.letters(1);
    REQUIRE(found.size() == 2);
    CHECK(found[1].headers == what.note);
    const auto page = at.log->reader().read(topic::transaction, 2, 0, 10);
    REQUIRE(page);
    REQUIRE(page->records.size() == 1);
    CHECK(page->records[0].value == "{bad");
    CHECK(page->records[0].headers == what.again->headers);
  }
}
