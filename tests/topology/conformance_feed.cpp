#include "schemas/partitioner.hpp"

#include "tests/topology/conformance_support.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <numeric>

namespace laurel::tests {

namespace {

using schemas::input;

void all_partitions_are_assigned(conformance_world& world) {
  running_feed running(world);

  auto assigned = running.listener.assigned;

  std::sort(assigned.begin(), assigned.end());
  std::vector<std::int32_t> all(static_cast<std::size_t>(world.partitions()));
  std::iota(all.begin(), all.end(), 0);
  CHECK(assigned == all);
}

void order_is_kept(conformance_world& world) {
  running_feed running(world);
  append_values(world, 0, "early", 50);
  running.start(0);
  running.records(0, 50);
  append_values(world, 0, "later", 50);

  const auto records = running.records(0, 100);

  REQUIRE(records.size() == 100);
  for (std::size_t i = 0; i < records.size(); ++i) {
    CHECK(records[i].value == (i < 50 ? "early-" : "later-") + std::to_string(i % 50));
    CHECK(records[i].key == user_in(world, 0));
    CHECK(records[i].append_time_ms > 0);
    if (i > 0) {
      CHECK(records[i].offset > records[i - 1].offset);
      CHECK(records[i].append_time_ms >= records[i - 1].append_time_ms);
    }
  }
}

void users_go_to_their_partitions(conformance_world& world) {
  running_feed running(world);
  std::vector<actors::event_appender::record> records;
  std::vector<std::size_t> expected(static_cast<std::size_t>(world.partitions()));
  for (int i = 0; i < 200; ++i) {
    records.push_back({input::engagement, "anyone-" + std::to_string(i), "x"});
    ++expected[static_cast<std::size_t>(
      schemas::partition_of(records.back().user_id, world.partitions()))];
  }
  REQUIRE(world.appender().append(records));

  for (std::int32_t partition = 0; partition < world.partitions(); ++partition) {
    running.start(partition);
    const auto count = expected[static_cast<std::size_t>(partition)];
    const auto seen = running.records(partition, count);
    CHECK(seen.size() == count);
    for (const auto& record : seen)
      CHECK(schemas::partition_of(record.key, world.partitions()) == partition);
  }
}

void inputs_are_told_apart(conformance_world& world) {
  running_feed running(world);
  append_values(world, 0, "visit", 3, input::engagement);
  append_values(world, 0, "buy", 2, input::transaction);

  running.start(0);

  CHECK(values_of(running.records(0, 3, input::engagement))
        == std::vector<std::string>{"visit-0", "visit-1", "visit-2"});
  CHECK(values_of(running.records(0, 2, input::transaction))
        == std::vector<std::string>{"buy-0", "buy-1"});
}

void nothing_before_start(conformance_world& world) {
  running_feed running(world);
  append_values(world, 0, "not", 5);
  append_values(world, 1, "started", 5);

  running.start(1);
  running.records(1, 5);

  CHECK(records_of(running.listener.look(), 0).empty());
}

void a_start_reads_from_its_offset(conformance_world& world) {
  running_feed running(world);
  append_values(world, 0, "x", 10);
  running.start(0);
  const auto all = running.records(0, 10);
  REQUIRE(all.size() == 10);

  const auto session = running.feed().start(0, {all[7].offset, 0});

  CHECK(values_of(running.records(0, 3, input::engagement, session))
        == std::vector<std::string>{"x-7", "x-8", "x-9"});
}

void a_rewind_gives_everything_again(conformance_world& world) {
  running_feed running(world);
  append_values(world, 0, "x", 10);
  const auto first = running.start(0);
  const auto before = running.records(0, 10, input::engagement, first);

  const auto second = running.start(0);

  CHECK(second > first);
  CHECK(running.records(0, 10, input::engagement, second) == before);
}

void the_last_of_several_starts_counts(conformance_world& world) {
  running_feed running(world);
  append_values(world, 0, "x", 10);

  running.start(0);
  running.start(0);
  const auto last = running.start(0);
  running.records(0, 10, input::engagement, last);
  append_values(world, 0, "y", 1);
  running.records(0, 11, input::engagement, last);

  CHECK(records_of(running.listener.look(), 0, input::engagement, last).size() == 11);
  const auto batches = running.listener.look();
  CHECK(std::is_sorted(batches.begin(), batches.end(),
                       [](const auto& a, const auto& b) { return a.session < b.session; }));
}

void next_offset_reads_on(conformance_world& world) {
  running_feed running(world);
  append_values(world, 0, "x", 10);
  running.start(0);
  running.records(0, 10);
  const auto batches = running.listener.look();
  std::int64_t next = 0;
  for (const auto& batch : batches) {
    if (batch.partition == 0 && batch.from == input::engagement)
      next = batch.next_offset;
  }

  const auto session = running.feed().start(0, {next, 0});
  append_values(world, 0, "new", 1);

  CHECK(values_of(running.records(0, 1, input::engagement, session))
        == std::vector<std::string>{"new-0"});
}

void the_end_is_told(conformance_world& world) {
  running_feed running(world);
  append_values(world, 0, "x", 10);
  const auto at_end = [](input which, std::size_t count) {
    return [which, count](const recording_listener& seen) {
      return records_of(seen.batches, 0, which).size() == count
             && std::any_of(seen.batches.rbegin(), seen.batches.rend(),
                            [&](const auto& batch) { return batch.from == which && batch.at_end; });
    };
  };

  running.start(0);

  CHECK(running.listener.wait(at_end(input::engagement, 10)));
  CHECK(running.listener.wait(at_end(input::transaction, 0)));
}

void a_partition_without_credit_pauses_alone(conformance_world& world) {
  running_feed running(world, false);
  const std::string value(1000, 'v');
  const auto count = static_cast<int>(4 * world.credit_bytes() / value.size());
  for (std::int32_t partition = 0; partition < 2; ++partition) {
    std::vector<actors::event_appender::record> records(
      static_cast<std::size_t>(count), {input::engagement, user_in(world, partition), value});
    REQUIRE(world.appender().append(records));
  }
  append_values(world, 0, "other-input", 1, input::transaction);
  const auto bytes_of = [](const std::vector<seen_batch>& batches, std::int32_t partition) {
    std::size_t bytes = 0;
    for (const auto& batch : batches)
      bytes += batch.partition == partition && batch.from == input::engagement ? batch.bytes : 0;
    return bytes;
  };

  running.start(0);
  REQUIRE(running.listener.wait(
    [&](const auto& seen) { return bytes_of(seen.batches, 0) >= world.credit_bytes(); }));
  running.start(1);
  std::size_t released = 0;
  // The neighbour's credit is given back as it comes, so all of it comes.
  while (records_of(running.listener.look(), 1).size() < static_cast<std::size_t>(count)) {
    REQUIRE(
      running.listener.wait([&](const auto& seen) { return seen.batches.size() > released; }));
    const auto batches = running.listener.look();
    for (; released < batches.size(); ++released) {
      if (batches[released].partition == 1)
        running.feed().release(1, batches[released].from, batches[released].bytes);
    }
  }

  const auto held = bytes_of(running.listener.look(), 0);
  CHECK(held <= world.credit_bytes() + world.delivery_bytes_max());
  CHECK(records_of(running.listener.look(), 0).size() < static_cast<std::size_t>(count));
  CHECK(running.records(0, 1, input::transaction).size() == 1);

  // With its credit back it goes on where it stopped.
  running.listener.release_to(&running.feed());
  for (const auto& batch : running.listener.look()) {
    if (batch.partition == 0)
      running.feed().release(0, batch.from, batch.bytes);
  }
  const auto all = running.records(0, static_cast<std::size_t>(count));
  CHECK(all.size() == static_cast<std::size_t>(count));
  CHECK(std::adjacent_find(all.begin(), all.end(),
                           [](const auto& a, const auto& b) { return a.offset >= b.offset; })
        == all.end());
}

void a_stopped_partition_is_silent(conformance_world& world) {
  running_feed running(world);
  append_values(world, 0, "x", 5);
  running.start(0);
  running.records(0, 5);

  running.feed().stop(0);
  // Calls are obeyed in order: what is delivered for this start is delivered after the stop.
  running.start(1);
  append_values(world, 1, "one", 1);
  running.records(1, 1);
  append_values(world, 0, "late", 5);
  append_values(world, 1, "two", 1);
  running.records(1, 2);
  CHECK(records_of(running.listener.look(), 0).size() == 5);

  const auto session = running.start(0);
  CHECK(running.records(0, 10, input::engagement, session).size() == 10);
}

void lag_counts_what_is_left(conformance_world& world) {
  running_feed running(world);
  append_values(world, 0, "x", 10);

  running.start(0);
  running.records(0, 10);

  CHECK(running.listener.wait(
    [&](const auto&) { return running.feed().lag(0, input::engagement) == 0; }));
}

void closing_gives_everything_back(conformance_world& world) {
  running_feed running(world);
  running.start(0);

  running.feed().close();

  auto revoked = running.listener.revoked;
  std::sort(revoked.begin(), revoked.end());
  auto assigned = running.listener.assigned;
  std::sort(assigned.begin(), assigned.end());
  CHECK(revoked == assigned);
  CHECK_FALSE(running.listener.lost);
}

void big_appends_arrive_whole(conformance_world& world) {
  running_feed running(world);
  std::vector<actors::event_appender::record> records;
  for (int i = 0; i < 5000; ++i)
    records.push_back(
      {input::engagement, user_in(world, 0), std::string(300, 'a') + std::to_string(i)});
  REQUIRE(world.appender().append(records));

  running.start(0);
  const auto seen = running.records(0, records.size());

  REQUIRE(seen.size() == records.size());
  for (std::size_t i = 0; i < seen.size(); ++i)
    REQUIRE(seen[i].value == records[i].value);
}

} // namespace

std::vector<conformance_case> feed_cases() {
  return {
    {"feed: all partitions are assigned", all_partitions_are_assigned},
    {"feed: records come in the order they were appended in", order_is_kept},
    {"feed: a user's records come from the user's partition", users_go_to_their_partitions},
    {"feed: inputs are told apart", inputs_are_told_apart},
    {"feed: a partition that was not started delivers nothing", nothing_before_start},
    {"feed: a start reads from its offset", a_start_reads_from_its_offset},
    {"feed: a rewind gives everything again, under a greater session",
     a_rewind_gives_everything_again},
    {"feed: of several starts the last counts", the_last_of_several_starts_counts},
    {"feed: a batch's next offset is where reading goes on", next_offset_reads_on},
    {"feed: the end of each input is told", the_end_is_told},
    {"feed: an input without credit pauses, and its neighbours go on",
     a_partition_without_credit_pauses_alone},
    {"feed: a stopped partition is silent until it is started", a_stopped_partition_is_silent},
    {"feed: lag falls to zero", lag_counts_what_is_left},
    {"feed: closing gives all partitions back", closing_gives_everything_back},
    {"feed: a big append arrives whole", big_appends_arrive_whole},
  };
}

} // namespace laurel::tests
