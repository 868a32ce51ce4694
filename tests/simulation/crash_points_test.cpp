// Death at every call that the pipeline makes to a port, in turn: before the call has its effect,
// and after it had it but before the process learned of it. Afterwards another process takes over.
// Whatever happens, the committed outcome is that of a run without deaths.

#include "schemas/command_codec.hpp"
#include "schemas/decision_codec.hpp"
#include "state/erasure.hpp"

#include "tests/support/pipeline_world.hpp"

#include <doctest/doctest.h>

#include <map>
#include <set>

using namespace laurel;
using tests::pipeline_world;

namespace {

/// Users, repeats, a poison record, and enough rounds for several commits.
void feed_some(pipeline_world& world, int part) {
  for (int second = part * 10; second < part * 10 + 4; ++second)
    for (const auto* user : {"ann", "bob", "cem"}) {
      world.checkin(user, second);
      if (second % 3 == 0)
        world.checkin(user, second);
    }
  world.log.append(schemas::input::transaction, "ann", "poison");
}

/// What is committed in the end.
struct outcome {
  std::map<std::string, std::string> grants; // Id to revision and time.
  state::record_counters counters;
  std::map<std::string, std::string> store;
  std::size_t timers = 0; // Rows of the timer index.

  friend bool operator==(const outcome&, const outcome&) = default;
};

/// Runs the workload to its end; a death is followed by a take-over.
outcome run_rules(pipeline_world& world, void (*after_part)(pipeline_world&, int) = nullptr) {
  const auto finish = [&] {
    world.run_until_idle();
    if (world.log.dead) {
      world.restart();
      world.run_until_idle();
    }
  };
  for (int part = 0; part < 3; ++part) {
    feed_some(world, part);
    finish();
    if (after_part == nullptr)
      continue;
    after_part(world, part);
    finish();
  }

  outcome result;
  std::set<std::pair<std::string, std::uint32_t>> revisions;
  for (const auto& record : world.log.outputs) {
    if (record.to != actors::output::grants)
      continue;
    const auto decision = schemas::decode_decision(record.value).value();
    CHECK(revisions.emplace(decision.grant_id, decision.revision).second); // Never twice.
    result.grants[decision.grant_id] =
      std::to_string(decision.revision) + " " + schemas::to_rfc3339(decision.granted_at)
      + (decision.revoked_at ? " " + schemas::to_rfc3339(*decision.revoked_at) : "");
  }
  result.counters = world.meta().counters;
  result.store = world.stores.store->rows();
  result.store.erase(std::string{state::meta_key}); // Epochs and commit numbers differ.
  for (const auto& [key, value] : result.store)
    result.timers += state::timer_of(key).has_value();
  return result;
}

outcome run(pipeline_world& world) {
  world.publish(pipeline_world::count_rule("three", "checkin", 3));
  world.publish(pipeline_world::count_rule("seven", "checkin", 7));
  return run_rules(world);
}

/// With a badge that is lost ten seconds after what earned it: by the event time of the next part,
/// and by the wall clock in the end.
outcome run_with_timers(pipeline_world& world) {
  world.publish(R"({"id":"busy","badge":"Busy","on":["checkin"],"policy":{"revoke":"maintained"},
    "when":{"ge":[{"agg":{"f":"count","win":{"last":"PT6S"}}},3]}})");
  world.wall = {1'767'225'600'000 + 1'000'000};
  auto result = run_rules(world);
  result.store.clear(); // It says when things were noticed, and a death delays that.
  return result;
}

/// Users are erased between the parts, and what they did before is sent again.
void erase(pipeline_world& world, const std::string& user, std::int64_t second) {
  schemas::command asked;
  asked.id = "forget " + user;
  asked.user_id = user;
  asked.kind = schemas::command_kind::erase;
  asked.at = {1'767'225'600'000 + second * 1000};
  world.log.append(schemas::input::command, user, encode(asked));
}

outcome run_with_erasures(pipeline_world& world) {
  world.context.settings.erasure_secret = std::string(state::erasure_secret_bytes_min, 's');
  world.publish(pipeline_world::count_rule("three", "checkin", 3));
  return run_rules(world, [](pipeline_world& during, int part) {
    if (part == 0)
      return erase(during, "ann", 8);
    for (const auto second : {1, 2})
      during.checkin("ann", second);
    if (part == 1)
      erase(during, "bob", 18);
  });
}

std::uint64_t accounted(const state::record_counters& counters) {
  return counters.applied + counters.duplicate + counters.late + counters.dead_letter
         + counters.erased;
}

void check_invariants(const pipeline_world& world, const outcome& got, const outcome& expected) {
  CHECK(got.grants == expected.grants);
  CHECK(got.counters == expected.counters);
  CHECK(got.store == expected.store);
  CHECK(got.timers == 0);
  CHECK(accounted(got.counters)
        == world.log.inputs[0].size() + world.log.inputs[1].size() + world.log.inputs[2].size());
  CHECK(world.meta().next_offset == world.log.group_offsets);
  CHECK(world.outputs_to(actors::output::dlq) == world.log.inputs[1].size());

  std::map<std::string, std::string> folded;
  for (const auto& row : world.log.changelog)
    if (row.value)
      folded[row.key] = *row.value;
    else
      folded.erase(row.key);
  CHECK(folded == world.stores.store->rows());
}

void die_everywhere(outcome (*run_it)(pipeline_world&), const outcome& expected, int calls) {
  REQUIRE(calls > 10);
  for (int call = 1; call <= calls; ++call)
    for (const bool after : {false, true}) {
      INFO((after ? "dead after call " : "dead before call ") << call << " of " << calls);
      pipeline_world world;
      (after ? world.log.die_after : world.log.die_before) = call;

      const auto got = run_it(world);

      check_invariants(world, got, expected);
    }
}

} // namespace

TEST_SUITE("crash points") {
  TEST_CASE("dying at any port call changes nothing that is committed") {
    pipeline_world undisturbed;
    const auto expected = run(undisturbed);
    check_invariants(undisturbed, expected, expected);
    CHECK(expected.grants.size() == 6);
    die_everywhere(run, expected, undisturbed.log.calls);
  }

  TEST_CASE("users are erased once, and stay erased, whenever the process dies") {
    pipeline_world undisturbed;
    const auto expected = run_with_erasures(undisturbed);
    check_invariants(undisturbed, expected, expected);
    CHECK(expected.counters.erased == 4);
    CHECK(expected.counters.erased_users == 2);
    CHECK(expected.counters.users == 3); // Ann and Bob have begun again.
    CHECK(expected.grants.size() == 5);  // Two of the first life, and those of all three now.
    die_everywhere(run_with_erasures, expected, undisturbed.log.calls);
  }

  TEST_CASE("what time ends is ended once, whenever the process dies") {
    pipeline_world undisturbed;
    const auto expected = run_with_timers(undisturbed);
    check_invariants(undisturbed, expected, expected);
    CHECK(expected.grants.size() == 9); // Three users in three parts, and each is lost.
    for (const auto& [id, what] : expected.grants)
      CHECK(what.starts_with("2 "));
    die_everywhere(run_with_timers, expected, undisturbed.log.calls);
  }
}
