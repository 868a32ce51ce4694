#include "topology/embedded/log_layout.hpp"
#include "topology/embedded/record_batch.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

using namespace laurel;
using namespace laurel::topology::embedded;

namespace {

/// All records, or the error on the way.
schemas::result<std::vector<record_view>> read_all(std::string_view bytes) {
  auto reader = record_batch_reader::open(bytes);
  if (!reader)
    return tl::unexpected(reader.error());
  std::vector<record_view> records;
  for (;;) {
    const auto record = reader->next();
    if (!record)
      return tl::unexpected(record.error());
    if (!*record)
      return records;
    records.push_back(**record);
  }
}

} // namespace

TEST_SUITE("record_batch") {
  TEST_CASE("gives back what was added, at its place") {
    record_batch_builder builder;
    builder.add("key", "value");
    builder.add(std::nullopt, "");
    builder.add("deleted", std::nullopt, {{"epoch", "3"}, {"empty", ""}});

    const auto bytes = std::move(builder).finish(1000, 77);

    const auto records = read_all(bytes).value();
    REQUIRE(records.size() == 3);
    CHECK(records[0].offset == 1000);
    CHECK(records[0].append_time_ms == 77);
    CHECK(records[0].key.value() == "key");
    CHECK(records[0].value.value() == "value");
    CHECK(records[0].headers.empty());
    CHECK_FALSE(records[1].key);
    CHECK(records[1].value.value().empty());
    CHECK(records[2].offset == 1002);
    CHECK_FALSE(records[2].value);
    CHECK(decode_headers(records[2].headers).value()
          == actors::headers{{"epoch", "3"}, {"empty", ""}});
    CHECK(find_header(records[2].headers, "empty").value().empty());
    CHECK_FALSE(find_header(records[2].headers, "other"));
  }

  TEST_CASE("keeps gaps and times of their own") {
    record_batch_builder builder;
    builder.add_at(0, 0, {.key = "a", .value = "1", .headers = {}});
    builder.add_at(500, -3, {.key = "b", .value = "2", .headers = {}});
    CHECK(builder.last_delta() == 500);

    const auto bytes = std::move(builder).finish(10, 100);

    const auto records = read_all(bytes).value();
    CHECK(records[1].offset == 510);
    CHECK(records[1].append_time_ms == 97);
  }

  TEST_CASE("a batch that was cut anywhere is corrupt") {
    record_batch_builder builder;
    builder.add("key", "value", {{"name", "text"}});
    builder.add("key", std::string(200, 'v'));
    const auto bytes = std::move(builder).finish(0, 0);

    for (std::size_t size = 0; size < bytes.size(); ++size) {
      const auto records = read_all(std::string_view(bytes).substr(0, size));
      REQUIRE_FALSE(records);
      CHECK(records.error().code == schemas::errc::corrupt);
    }
  }

  TEST_CASE("damaged bytes never lead outside of the batch") {
    const auto seed = std::random_device{}();
    CAPTURE(seed);
    std::mt19937 random(seed);
    record_batch_builder builder;
    for (int i = 0; i < 20; ++i)
      builder.add("key-" + std::to_string(i), "value", {{"name", "text"}});
    const auto whole = std::move(builder).finish(0, 0);
    for (int round = 0; round < 2000; ++round) {
      auto bytes = whole;
      for (int i = 0; i < 3; ++i)
        bytes[random() % bytes.size()] = static_cast<char>(random());
      const auto records = read_all(bytes);
      if (!records)
        continue;
      for (const auto& record : *records) {
        [[maybe_unused]] const auto headers = decode_headers(record.headers);
        const auto value = record.value.value_or("");
        CHECK((value.empty()
               || (value.data() >= bytes.data()
                   && value.data() + value.size() <= bytes.data() + bytes.size())));
      }
    }
  }
}

TEST_SUITE("log_layout") {
  TEST_CASE("keys sort as offsets do, topic by topic and partition by partition") {
    const std::vector<std::string> keys{
      batch_key({topic::engagement, 0}, 0),   batch_key({topic::engagement, 0}, 255),
      batch_key({topic::engagement, 0}, 256), batch_key({topic::engagement, 0}, 1LL << 40),
      batch_key({topic::engagement, 1}, 0),   batch_key({topic::engagement, 300}, 0),
      batch_key({topic::transaction, 0}, 0)};

    CHECK(std::is_sorted(keys.begin(), keys.end()));
    CHECK(last_offset_of(keys[3]) == 1LL << 40);
  }

  TEST_CASE("the state of a partition reads back, and damage is told") {
    const partition_state state{1, 2, 3, 4, 5, 6, 7};

    CHECK(decode_partition(encode(state)).value() == state);
    CHECK(decode_partition("").error().code == schemas::errc::corrupt);
    CHECK(decode_partition(encode(state) + "x").error().code == schemas::errc::corrupt);
    CHECK(decode_number("short").error().code == schemas::errc::corrupt);
  }

  TEST_CASE("topics have the names that a broker would know") {
    for (const auto which : all_topics)
      CHECK(topic_named(name_of(which)).value() == which);
    CHECK(topic_named("badge.grants").value() == topic::grants);
    CHECK_FALSE(topic_named("badge.other"));
    CHECK(partitions_of(topic::catalog, 12) == 1);
    CHECK(partitions_of(topic::identity, 12) == 1);
  }
}
