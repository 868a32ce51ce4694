#include "topology/kafka/feed_ledger.hpp"

#include <doctest/doctest.h>

#include <array>

using laurel::schemas::input;
using laurel::topology::kafka::arena_batch;
using laurel::topology::kafka::feed_ledger;
using taken = feed_ledger::taken;

namespace {

constexpr feed_ledger::input_place first{0, input::engagement};
constexpr feed_ledger::input_place second{1, input::engagement};

/// A ledger for two partitions, both assigned: 100 bytes of credit for each of the four inputs.
struct fixture {
  fixture() { ledger.assign(std::array{0, 1}); }

  taken take(feed_ledger::input_place where, std::int64_t offset, std::size_t bytes = 10) {
    return ledger.take(where, offset, bytes, [&](arena_batch&) {
      laurel::actors::log_record record;
      record.offset = offset;
      return record;
    });
  }

  feed_ledger ledger{2, {400, 4, 50}};
};

} // namespace

TEST_SUITE("feed ledger") {
  TEST_CASE("keeps nothing before a start") {
    fixture with;

    CHECK(with.take(first, 0) == taken::dropped);
    CHECK(with.ledger.finish(first) == nullptr);
  }

  TEST_CASE("a batch carries its session, its place and where to read on") {
    fixture with;
    with.ledger.start(0, 7, {5, 0});

    CHECK(with.take(first, 5) == taken::kept);
    CHECK(with.take(first, 9) == taken::kept); // Offsets may have gaps.
    const auto batch = with.ledger.finish(first);

    REQUIRE(batch != nullptr);
    CHECK(batch->session == 7);
    CHECK(batch->partition == 0);
    CHECK(batch->next_offset == 10);
    CHECK(batch->bytes == 20);
    CHECK(batch->records.size() == 2);
    CHECK_FALSE(batch->at_end);
  }

  TEST_CASE("drops what lies below the next offset") {
    fixture with;
    with.ledger.start(0, 1, {5, 0});

    CHECK(with.take(first, 4) == taken::dropped);
    CHECK(with.take(first, 5) == taken::kept);
    CHECK(with.take(first, 5) == taken::dropped);
  }

  TEST_CASE("a batch is full by records or by bytes") {
    fixture with;
    with.ledger.start(0, 1, {0, 0});
    with.ledger.start(1, 2, {0, 0});

    for (int i = 0; i < 3; ++i)
      CHECK(with.take(first, i, 1) == taken::kept);
    CHECK(with.take(first, 3, 1) == taken::full);
    CHECK(with.take(second, 0, 50) == taken::full);
  }

  TEST_CASE("a new start drops what was being filled, and its credit") {
    fixture with;
    with.ledger.start(0, 1, {0, 0});
    with.take(first, 0, 99);

    with.ledger.start(0, 2, {0, 0});

    CHECK(with.ledger.finish(first) == nullptr);
    CHECK(with.take(first, 0, 99) != taken::dropped);
    CHECK(with.ledger.has_credit(first));
  }

  TEST_CASE("a start of a partition that is not ours is ignored") {
    fixture with;
    with.ledger.revoke();

    CHECK_FALSE(with.ledger.start(0, 1, {0, 0}));
    CHECK(with.ledger.positions().empty());
  }

  TEST_CASE("positions are exactly after the last record taken, delivered or not") {
    fixture with;
    with.ledger.start(1, 1, {3, 8, 5});
    with.take(second, 3);

    const auto all = with.ledger.positions();

    REQUIRE(all.size() == 3);
    CHECK(all[0].place == second);
    CHECK(all[0].next == 4);
    CHECK(all[1].next == 8);
    CHECK(all[2].next == 5);
  }

  TEST_CASE("credit is out from delivery to release, over a start") {
    fixture with;
    with.ledger.start(0, 1, {0, 0});
    with.take(first, 0, 60);
    (void) with.ledger.finish(first);
    with.take(first, 1, 60);

    CHECK_FALSE(with.ledger.has_credit(first));
    (void) with.ledger.finish(first);
    with.ledger.start(0, 2, {0, 0});
    CHECK_FALSE(with.ledger.has_credit(first));
    CHECK(with.ledger.has_credit(second));

    with.ledger.released(first, 60);
    CHECK(with.ledger.has_credit(first));
  }

  TEST_CASE("resumes an input when half of its credit is back, not before") {
    fixture with;
    with.ledger.start(0, 1, {0, 0});
    with.take(first, 0, 110);
    (void) with.ledger.finish(first);
    with.ledger.mark_paused(first, true);
    with.ledger.expect_release(first, true);

    CHECK(with.ledger.released(first, 50));
    CHECK(with.ledger.resumable().empty());
    CHECK(with.ledger.released(first, 10));
    CHECK(with.ledger.resumable() == std::vector{first});
  }

  TEST_CASE("only a release that is waited for wakes the feed") {
    fixture with;

    CHECK_FALSE(with.ledger.released(first, 0));
  }

  TEST_CASE("tells an end once, and again after more records") {
    fixture with;
    with.ledger.start(0, 1, {0, 0});

    with.ledger.reach_end(first, 0);
    CHECK(with.ledger.finish(first)->at_end);
    with.ledger.reach_end(first, 0);
    CHECK(with.ledger.finish(first) == nullptr);
    with.take(first, 0);
    with.ledger.reach_end(first, 1);
    const auto batch = with.ledger.finish(first);
    CHECK(batch->at_end);
    CHECK(batch->records.size() == 1);
  }

  TEST_CASE("an end from before the last record is no news") {
    fixture with;
    with.ledger.start(0, 1, {0, 0});
    with.take(first, 4);

    with.ledger.reach_end(first, 3);

    CHECK_FALSE(with.ledger.finish(first)->at_end);
  }

  TEST_CASE("control records at the end are no lag") {
    fixture with;
    with.ledger.start(0, 1, {0, 0});
    with.take(first, 0);
    with.ledger.reach_end(first, 2);
    const auto batch = with.ledger.finish(first);

    CHECK(batch->next_offset == 1);
    CHECK(with.ledger.position(first) == 2);
  }

  TEST_CASE("flush delivers each batch that is being filled, once") {
    fixture with;
    with.ledger.start(0, 1, {0, 0});
    with.ledger.start(1, 2, {0, 0});
    with.take(first, 0);
    with.take(second, 0);
    int delivered = 0;
    const auto count = [&](const auto&) { ++delivered; };

    with.ledger.flush(count);
    with.ledger.flush(count);

    CHECK(delivered == 2);
  }

  TEST_CASE("an arena keeps bytes where they are while it grows") {
    arena_batch batch;
    std::vector<std::string_view> kept;
    for (int i = 0; i < 5'000; ++i) {
      const auto text = std::to_string(i) + std::string(static_cast<std::size_t>(i % 97), 'x');
      kept.push_back(batch.keep(text.data(), text.size()));
    }
    const std::string big(1'000'000, 'b');

    CHECK(batch.keep(big.data(), big.size()) == big);
    CHECK(batch.keep(nullptr, 0).empty());
    for (int i = 0; i < 5'000; ++i)
      CHECK(kept[static_cast<std::size_t>(i)].starts_with(std::to_string(i)));
  }
}
