#include "tests/topology/conformance_support.hpp"

#include <doctest/doctest.h>

#include <map>
#include <utility>

namespace laurel::tests {

namespace {

using kind = actors::commit_outcome::kind;
using actors::output;

const state::row meta_row{std::string(state::meta_key), "meta"};

std::map<std::string, std::string> fold(const std::vector<state::row>& rows) {
  std::map<std::string, std::string> state;
  for (const auto& row : rows) {
    if (row.value)
      state[row.key] = *row.value;
    else
      state.erase(row.key);
  }
  return state;
}

void a_new_log_has_no_committed_offsets(conformance_world& world) {
  const auto log = own(world, 0);

  CHECK(log->committed_offsets() == actors::input_offsets{-1, -1, -1});
}

void a_commit_moves_the_offsets(conformance_world& world) {
  append_values(world, 0, "x", 10);
  const auto log = own(world, 0);

  CHECK(log->commit(commit_of({{"a", "1"}}, {7, 0})).what == kind::committed);

  CHECK(log->committed_offsets() == actors::input_offsets{7, 0});
  CHECK(own(world, 0)->committed_offsets() == actors::input_offsets{7, 0});
  CHECK(own(world, 1)->committed_offsets() == actors::input_offsets{-1, -1, -1});
}

void a_commit_writes_all_outputs(conformance_world& world) {
  const auto log = own(world, 1);
  auto batch = commit_of({{"a", "1"}});
  batch.outputs.push_back(grant("ann", "first"));
  batch.outputs.push_back({output::dlq, "ann", "bad", {{"class", "undecodable"}, {"n", ""}}});
  batch.outputs.push_back({output::late, "bob", "old", {}});
  batch.outputs.push_back(grant("bob", "second"));

  CHECK(log->commit(batch).what == kind::committed);

  CHECK(world.outputs(output::grants, 1)
        == std::vector<seen_output>{{"ann", "first", {{"epoch", "1"}}},
                                    {"bob", "second", {{"epoch", "1"}}}});
  CHECK(world.outputs(output::dlq, 1)
        == std::vector<seen_output>{{"ann", "bad", {{"class", "undecodable"}, {"n", ""}}}});
  CHECK(world.outputs(output::late, 1) == std::vector<seen_output>{{"bob", "old", {}}});
  CHECK(world.outputs(output::grants, 0).empty());
}

void commits_follow_one_another(conformance_world& world) {
  const auto log = own(world, 0);
  std::vector<seen_output> expected;
  std::int64_t position = -1;
  for (int i = 0; i < 20; ++i) {
    auto batch = commit_of({{"a", std::to_string(i)}}, {i, i});
    batch.outputs.push_back(grant("ann", std::to_string(i)));
    expected.push_back({"ann", std::to_string(i), {{"epoch", "1"}}});
    const auto outcome = log->commit(batch);
    REQUIRE(outcome.what == kind::committed);
    CHECK(outcome.changelog_position > position);
    position = outcome.changelog_position;
  }

  CHECK(world.outputs(output::grants, 0) == expected);
  CHECK(log->committed_offsets() == actors::input_offsets{19, 19});
}

void a_second_owner_fences_the_first(conformance_world& world) {
  const auto first = own(world, 0);
  REQUIRE(first->commit(commit_of({{"a", "1"}}, {1, 0})).what == kind::committed);
  const auto second = own(world, 0);
  auto batch = commit_of({{"a", "zombie"}}, {2, 0});
  batch.outputs.push_back(grant("ann", "zombie"));

  CHECK(first->commit(batch).what == kind::fenced);

  CHECK(world.outputs(output::grants, 0).empty());
  CHECK(second->committed_offsets() == actors::input_offsets{1, 0});
  CHECK(fold(replay_all(*second).rows) == fold({{"a", "1"}, meta_row}));
  CHECK(second->commit(commit_of({{"a", "2"}}, {2, 0})).what == kind::committed);
  CHECK(second->committed_offsets() == actors::input_offsets{2, 0});
}

void fencing_leaves_neighbours_alone(conformance_world& world) {
  const auto zero = own(world, 0);
  const auto one = own(world, 1);

  CHECK(zero->commit(commit_of({{"a", "1"}})).what == kind::committed);
  CHECK(one->commit(commit_of({{"a", "1"}})).what == kind::committed);
}

void a_task_may_fence_again(conformance_world& world) {
  const auto log = own(world, 0);
  REQUIRE(log->commit(commit_of({{"a", "1"}})).what == kind::committed);

  REQUIRE(log->fence());

  CHECK(log->commit(commit_of({{"a", "2"}})).what == kind::committed);
}

void an_owner_that_goes_leaves_nothing(conformance_world& world) {
  own(world, 0).reset();

  const auto next = own(world, 0);

  CHECK(world.outputs(output::grants, 0).empty());
  CHECK(next->committed_offsets() == actors::input_offsets{-1, -1, -1});
  CHECK(replay_all(*next).rows.empty());
}

void an_empty_changelog_replays(conformance_world& world) {
  const auto log = own(world, 0);

  const auto first = replay_all(*log);

  CHECK(first.rows.empty());
  CHECK(replay_all(*log, first.end).rows.empty());
}

void a_replay_gives_everything_in_order(conformance_world& world) {
  const auto log = own(world, 0);
  REQUIRE(log->commit(commit_of({{"a", "1"}, {"b", "1"}})).what == kind::committed);
  const auto last = log->commit(commit_of({{"a", "2"}, {std::string("\0\xff", 2), "raw"}}));
  REQUIRE(last.what == kind::committed);

  const auto all = replay_all(*log);

  CHECK(fold(all.rows)
        == fold({{"a", "2"}, {"b", "1"}, {std::string("\0\xff", 2), "raw"}, meta_row}));
  REQUIRE_FALSE(all.rows.empty());
  CHECK(all.rows.back() == meta_row);
  CHECK(all.end == last.changelog_position);
}

void a_replay_goes_on_from_a_position(conformance_world& world) {
  const auto log = own(world, 0);
  const auto first = log->commit(commit_of({{"a", "1"}}));
  const auto second = log->commit(commit_of({{"b", "2"}}));
  const auto third = log->commit(commit_of({{"c", "3"}}));
  REQUIRE(third.what == kind::committed);

  CHECK(replay_all(*log, first.changelog_position).rows
        == std::vector<state::row>{{"b", "2"}, meta_row, {"c", "3"}, meta_row});
  CHECK(replay_all(*log, second.changelog_position).rows
        == std::vector<state::row>{{"c", "3"}, meta_row});
  const auto none = replay_all(*log, third.changelog_position);
  CHECK(none.rows.empty());
  CHECK(none.end == third.changelog_position);
}

void a_replay_tells_positions_to_go_on_from(conformance_world& world) {
  const auto log = own(world, 0);
  for (int i = 0; i < 50; ++i)
    REQUIRE(log->commit(commit_of({{"k" + std::to_string(i), std::string(2000, 'v')}})).what
            == kind::committed);
  std::vector<std::pair<std::int64_t, std::size_t>> steps;
  std::size_t rows_seen = 0;
  const auto end = log->replay({}, [&](std::span<const state::row> rows, std::int64_t next) {
    rows_seen += rows.size();
    steps.emplace_back(next, rows_seen);
    return schemas::result<void>{};
  });
  REQUIRE(end);
  REQUIRE_FALSE(steps.empty());

  CHECK(rows_seen == 100);
  CHECK(steps.back().first == *end);
  for (const auto& [position, seen] : steps)
    CHECK(replay_all(*log, position).rows.size() == rows_seen - seen);
}

void deletions_are_replayed(conformance_world& world) {
  const auto log = own(world, 0);
  const auto first = log->commit(commit_of({{"a", "1"}, {"b", "1"}}));
  REQUIRE(log->commit(commit_of({{"a", std::nullopt}})).what == kind::committed);

  CHECK(fold(replay_all(*log).rows) == fold({{"b", "1"}, meta_row}));
  CHECK(replay_all(*log, first.changelog_position).rows
        == std::vector<state::row>{{"a", std::nullopt}, meta_row});
}

void a_position_beyond_the_end_is_corrupt(conformance_world& world) {
  const auto log = own(world, 0);
  const auto last = log->commit(commit_of({{"a", "1"}}));
  bool called = false;

  const auto end =
    log->replay(last.changelog_position + 1000, [&](std::span<const state::row>, std::int64_t) {
      called = true;
      return schemas::result<void>{};
    });

  REQUIRE_FALSE(end);
  CHECK(end.error().code == schemas::errc::corrupt);
  CHECK_FALSE(called);
}

void a_sink_can_end_the_replay(conformance_world& world) {
  const auto log = own(world, 0);
  REQUIRE(log->commit(commit_of({{"a", "1"}})).what == kind::committed);

  const auto end = log->replay({}, [](std::span<const state::row>, std::int64_t) {
    return schemas::result<void>(schemas::failure(schemas::errc::corrupt, "enough"));
  });

  REQUIRE_FALSE(end);
  CHECK(end.error() == schemas::error{schemas::errc::corrupt, "enough"});
}

void a_big_commit_is_whole(conformance_world& world) {
  const auto log = own(world, 0);
  std::vector<state::row> rows;
  for (int i = 0; i < 12'000; ++i)
    rows.push_back({"key-" + std::to_string(i), std::string(150, 'v')});
  auto batch = commit_of(std::move(rows), {12'000, 0});
  for (int i = 0; i < 500; ++i)
    batch.outputs.push_back(grant("ann", std::to_string(i)));

  const auto outcome = log->commit(batch);

  CHECK(outcome.what == kind::committed);
  const auto all = replay_all(*log);
  CHECK(all.rows == batch.rows);
  CHECK(all.end == outcome.changelog_position);
  CHECK(world.outputs(output::grants, 0).size() == 500);
}

void changelogs_are_apart(conformance_world& world) {
  REQUIRE(own(world, 0)->commit(commit_of({{"a", "zero"}})).what == kind::committed);
  REQUIRE(own(world, 1)->commit(commit_of({{"a", "one"}})).what == kind::committed);

  CHECK(fold(replay_all(*own(world, 0)).rows) == fold({{"a", "zero"}, meta_row}));
  CHECK(fold(replay_all(*own(world, 1)).rows) == fold({{"a", "one"}, meta_row}));
}

} // namespace

std::vector<conformance_case> task_log_cases() {
  return {
    {"task log: a new one has no committed offsets", a_new_log_has_no_committed_offsets},
    {"task log: offsets move with a commit", a_commit_moves_the_offsets},
    {"task log: a commit writes all outputs to its partition", a_commit_writes_all_outputs},
    {"task log: commits follow one another", commits_follow_one_another},
    {"task log: a second owner fences the first", a_second_owner_fences_the_first},
    {"task log: fencing leaves neighbours alone", fencing_leaves_neighbours_alone},
    {"task log: a task may fence itself and go on", a_task_may_fence_again},
    {"task log: an owner that goes leaves nothing", an_owner_that_goes_leaves_nothing},
    {"task log: an empty changelog replays", an_empty_changelog_replays},
    {"task log: a replay gives everything in order", a_replay_gives_everything_in_order},
    {"task log: a replay goes on from a position", a_replay_goes_on_from_a_position},
    {"task log: a replay tells positions to go on from", a_replay_tells_positions_to_go_on_from},
    {"task log: deletions are replayed", deletions_are_replayed},
    {"task log: a position beyond the end is corrupt", a_position_beyond_the_end_is_corrupt},
    {"task log: a sink can end the replay", a_sink_can_end_the_replay},
    {"task log: a big commit is whole", a_big_commit_is_whole},
    {"task log: changelogs of partitions are apart", changelogs_are_apart},
  };
}

} // namespace laurel::tests
