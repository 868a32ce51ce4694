#include "schemas/dead_letter.hpp"
#include "schemas/partitioner.hpp"
#include "topology/dead_letters.hpp"

#include <doctest/doctest.h>

#include <optional>

using namespace laurel;
using topology::dead_letters;

namespace {

constexpr std::int32_t partitions = 4;

api::letter_filter by_key(const std::string& key) {
  api::letter_filter which;
  which.key = key;
  return which;
}

api::letter_filter by_class(const std::string& name) {
  api::letter_filter which;
  which.class_name = name;
  return which;
}

api::letter_filter by_topic(const std::string& name) {
  api::letter_filter which;
  which.topic = name;
  return which;
}

api::letter_filter in_partition(api::letter_filter which, std::int32_t partition) {
  which.partition = partition;
  return which;
}

api::letter_filter at_most(std::uint64_t limit) {
  api::letter_filter which;
  which.limit = limit;
  return which;
}

api::letter_filter settled_too() {
  api::letter_filter which;
  which.settled_too = true;
  return which;
}

/// The dead-letter topic in memory. Strict: nothing is settled by whoever did not take over.
class fake_letters final : public topology::letter_box {
public:
  schemas::result<void> visit(std::int32_t partition, const visitor& see) override {
    if (fault)
      return tl::unexpected{*fault};
    for (const auto& letter : stored[static_cast<std::size_t>(partition)])
      see(letter);
    return {};
  }
  schemas::result<void> take_over() override {
    is_ours = true;
    return {};
  }
  schemas::result<void> settle(std::span<const topology::letter_settlement> what) override {
    if (!is_ours)
      return schemas::failure(schemas::errc::fenced, "somebody else");
    if (fault)
      return tl::unexpected{*fault};
    for (const auto& one : what) {
      put(one.partition, one.key, "", one.note);
      if (one.again)
        sent.push_back(one);
    }
    ++transactions;
    return {};
  }

  void put(std::int32_t partition, std::string key, std::string value, actors::headers headers) {
    auto& into = stored[static_cast<std::size_t>(partition)];
    into.push_back({partition, static_cast<std::int64_t>(into.size()), 1'000, std::move(key),
                    std::move(value), std::move(headers)});
  }

  std::array<std::vector<topology::stored_letter>, partitions> stored;
  std::vector<topology::letter_settlement> sent;
  std::optional<schemas::error> fault;
  int transactions = 0;
  bool is_ours = false;
};

struct desk {
  fake_letters box;
  dead_letters letters{box,
                       partitions,
                       {{"badge.engagement.events", schemas::input::engagement},
                        {"badge.transaction.events", schemas::input::transaction}}};

  /// A letter as the pipeline writes it.
  void dead(std::int32_t partition, const std::string& key, const std::string& class_name,
            std::uint32_t attempt = 1, const std::string& value = "{bad") {
    const schemas::dead_letter_origin origin{
      "badge.engagement.events", partition, 41, 900, attempt, "7"};
    auto made = schemas::make_dead_letter(origin, class_name, "is bad", value);
    box.put(partition, key, std::move(made.value), std::move(made.headers));
  }

  std::vector<api::dead_letter> list(const api::letter_filter& which = {}) {
    auto page = letters.list(which);
    REQUIRE(page);
    return page->letters;
  }

  api::settle_outcome settle(const api::letter_filter& which,
                             api::settlement how = api::settlement::redrive,
                             bool rehearsal = false) {
    auto outcome = letters.settle(which, how, rehearsal);
    REQUIRE(outcome);
    return *outcome;
  }
};

} // namespace

TEST_SUITE("dead letters") {
  TEST_CASE("a letter tells why, and where its record came from") {
    desk at;
    at.dead(2, "ann", "undecodable");

    const auto found = at.list();

    REQUIRE(found.size() == 1);
    CHECK(found[0].partition == 2);
    CHECK(found[0].offset == 0);
    CHECK(found[0].key == "ann");
    CHECK(found[0].class_name == "undecodable");
    CHECK(found[0].error == "is bad");
    CHECK(found[0].topic == "badge.engagement.events");
    CHECK(found[0].origin_offset == 41);
    CHECK(found[0].origin_ms == 900);
    CHECK(found[0].attempt == 1);
    CHECK(found[0].state == "open");
    CHECK(found[0].value == "{bad");
  }

  TEST_CASE("a filter means letters for which everything it says is true") {
    desk at;
    at.dead(0, "ann", "undecodable");
    at.dead(1, "bob", "undecodable");
    at.dead(1, "bob", "oversized");

    CHECK(at.list(by_class("undecodable")).size() == 2);
    CHECK(at.list(in_partition(by_class("undecodable"), 1)).size() == 1);
    auto one = in_partition({}, 1);
    one.offset = 1;
    CHECK(at.list(one).size() == 1);
    CHECK(at.list(by_key("ann")).size() == 1);
    CHECK(at.list(by_topic("badge.transaction.events")).empty());
    CHECK(at.list(at_most(1)).size() == 1);
    CHECK(at.letters.list(at_most(1))->matching == 3);
  }

  TEST_CASE("a re-drive sends the record once, with its first origin and one attempt more") {
    desk at;
    at.dead(2, "ann", "undecodable", 3);

    CHECK(at.settle(by_key("ann")).settled == 1);

    REQUIRE(at.box.sent.size() == 1);
    const auto& record = *at.box.sent[0].again;
    CHECK(record.to == schemas::input::engagement);
    CHECK(record.partition == schemas::partition_of("ann", partitions));
    CHECK(record.value == "{bad");
    CHECK(record.headers
          == actors::headers{{"laurel-redriven-from", "badge.engagement.events/2/41/900/4"}});
    CHECK(at.list().empty());
    REQUIRE(at.list(settled_too()).size() == 1);
    CHECK(at.list(settled_too())[0].state == "redriven");
  }

  TEST_CASE("doing it twice does it once") {
    desk at;
    at.dead(2, "ann", "undecodable");

    CHECK(at.settle(by_key("ann")).settled == 1);
    CHECK(at.settle(by_key("ann")).settled == 0);
    CHECK(at.settle(by_key("ann"), api::settlement::discard).settled == 0);

    CHECK(at.box.sent.size() == 1);
  }

  TEST_CASE("all that is meant goes in one transaction") {
    desk at;
    for (int i = 0; i < 5; ++i)
      at.dead(i % partitions, "ann", "undecodable");

    CHECK(at.settle({}).settled == 5);

    CHECK(at.box.transactions == 1);
  }

  TEST_CASE("a record without a key goes back to the partition it was in") {
    desk at;
    at.dead(3, "", "missing_key");

    at.settle({});

    CHECK(at.box.sent.at(0).again->partition == 3);
  }

  TEST_CASE("nothing goes round for ever") {
    desk at;
    at.dead(2, "ann", "undecodable", dead_letters::attempts_max);

    const auto outcome = at.settle(by_key("ann"));

    CHECK(outcome.settled == 0);
    REQUIRE(outcome.left.size() == 1);
    CHECK(outcome.left[0].why.find("has failed 5 times") != std::string::npos);
    CHECK(at.settle(by_key("ann"), api::settlement::discard).settled == 1);
  }

  TEST_CASE("a letter without the original bytes cannot be sent again, and says so") {
    desk at;
    at.dead(2, "ann", "oversized", 1, std::string(schemas::dead_letter_bytes_max + 1, 'x'));

    const auto outcome = at.settle(by_key("ann"));

    CHECK(outcome.settled == 0);
    CHECK(outcome.left.at(0).why.find("only hash and length") != std::string::npos);
    CHECK(at.box.sent.empty());
  }

  TEST_CASE("a rehearsal tells what would be done and does nothing") {
    desk at;
    at.dead(2, "ann", "undecodable");

    const auto outcome = at.settle({}, api::settlement::redrive, true);

    CHECK(outcome.settled == 1);
    CHECK(outcome.is_rehearsal);
    CHECK(!at.box.is_ours); // Not even others are disturbed.
    CHECK(at.box.transactions == 0);
    CHECK(at.list().size() == 1);
  }

  TEST_CASE("a discarded letter is settled and nothing is sent") {
    desk at;
    at.dead(2, "ann", "undecodable");

    CHECK(at.settle({}, api::settlement::discard).settled == 1);

    CHECK(at.box.sent.empty());
    CHECK(at.list(settled_too())[0].state == "discarded");
  }

  TEST_CASE("letters of which the settlement failed stay open") {
    desk at;
    at.dead(2, "ann", "undecodable");
    at.box.fault = schemas::error{schemas::errc::transient, "the broker is away"};

    CHECK(!at.letters.settle({}, api::settlement::redrive, false));
    at.box.fault.reset();

    CHECK(at.list().size() == 1);
  }
}
