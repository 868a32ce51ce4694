// The whole pipeline under faults that a seed draws: commits that abort, deaths at any port call,
// owners that are fenced, stores that fail, are damaged or corrupt, users that are parked, orders
// of operators, floods of dead letters. Afterwards every fault is healed, and the committed outcome
// has to be that of the same input without any fault.
//
//   LAUREL_SEED=7 simulation_tests -tc='*seed*'       that seed alone
//   LAUREL_SEEDS=10000 simulation_tests -tc='*seed*'  so many, from a random one on

#include "schemas/decision_codec.hpp"
#include "state/parked.hpp"

#include "tests/support/pipeline_world.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <iostream>
#include <map>
#include <random>
#include <set>

using namespace laurel;
using tests::pipeline_world;

namespace {

constexpr int seeds_in_ci = 200;
constexpr int steps = 40;

std::uint64_t number_from(const char* variable, std::uint64_t otherwise) {
  const char* text = std::getenv(variable);
  return text == nullptr || *text == '\0' ? otherwise : std::strtoull(text, nullptr, 10);
}

/// One input record: the same for the run with faults and the one without.
struct drawn_record {
  schemas::input to = schemas::input::engagement;
  std::string user;
  std::string value;
};

class history {
public:
  explicit history(std::mt19937_64& random) {
    const auto user_count = 1 + random() % 6;
    for (int step = 0; step < steps; ++step) {
      auto& now = steps_.emplace_back();
      for (auto left = random() % 12; left > 0; --left)
        now.push_back(one(random, user_count, step));
    }
  }

  const std::vector<drawn_record>& step(int number) const {
    return steps_[static_cast<std::size_t>(number)];
  }

private:
  static drawn_record one(std::mt19937_64& random, std::uint64_t user_count, int step) {
    const auto user = "user-" + std::to_string(random() % user_count);
    if (random() % 20 == 0)
      return {random() % 2 == 0 ? schemas::input::engagement : schemas::input::transaction, user,
              "{poison"};
    // Within the horizon, so that no fate depends on the order of arrival; some ids come twice.
    const auto second =
      static_cast<std::int64_t>(step) * 60 + static_cast<std::int64_t>(random() % 300);
    const auto at = std::to_string(1'767'225'600'000 + second * 1000);
    const std::string type = random() % 3 == 0 ? "share" : "checkin";
    return {schemas::input::engagement, user,
            R"({"event_id":")" + type + std::to_string(second) + R"(","user_id":")" + user
              + R"(","type":")" + type + R"(","occurred_at":)" + at + "}"};
  }

  std::vector<std::vector<drawn_record>> steps_;
};

/// The committed outcome: what must not depend on faults.
struct outcome {
  std::map<std::string, std::string> grants; // Id to revision and time.
  state::record_counters counters;
  std::set<std::string> rows; // Keys: a row also holds when a decision was noticed, which differs.
  std::multiset<std::string> letters; // Class and origin.
};

std::string header_of(const actors::output_record& record, std::string_view name) {
  for (const auto& [key, value] : record.headers)
    if (key == name)
      return value;
  return {};
}

outcome outcome_of(const pipeline_world& world) {
  outcome result;
  std::set<std::pair<std::string, std::uint32_t>> revisions;
  for (const auto& record : world.log.outputs) {
    if (record.to == actors::output::dlq) {
      result.letters.insert(header_of(record, "class") + " " + header_of(record, "topic") + "/"
                            + header_of(record, "offset"));
      continue;
    }
    if (record.to != actors::output::grants)
      continue;
    const auto decision = schemas::decode_decision(record.value).value();
    CHECK(revisions.emplace(decision.grant_id, decision.revision).second); // I1: never twice.
    result.grants[decision.grant_id] =
      std::to_string(decision.revision) + " " + schemas::to_rfc3339(decision.granted_at);
  }
  result.counters = world.meta().counters;
  for (const auto& [key, value] : world.stores.store->rows())
    result.rows.insert(key);
  return result;
}

/// What holds after every run, whatever was expected of it.
void check_invariants(const pipeline_world& world) {
  const auto meta = world.meta();
  const auto& counters = meta.counters;
  CHECK(counters.applied + counters.duplicate + counters.late + counters.dead_letter
          + counters.parked
        == world.log.inputs[0].size() + world.log.inputs[1].size());    // I1, I6
  CHECK(meta.next_offset == world.log.group_offsets);                   // I3
  CHECK(world.outputs_to(actors::output::dlq) == counters.dead_letter); // I8
  CHECK(world.outputs_to(actors::output::grants) == counters.decisions);
  CHECK(world.feed.outstanding == 0); // I10: every credit was given back.
  std::map<std::string, std::string> folded;
  std::uint64_t commit_number = 0;
  std::uint64_t epoch = 0;
  for (const auto& row : world.log.changelog) {
    if (!row.value) {
      folded.erase(row.key);
      continue;
    }
    folded[row.key] = *row.value;
    if (row.key != state::meta_key)
      continue;
    const auto each = state::decode_meta(*row.value).value();
    CHECK(each.commit_number == ++commit_number); // No commit is missing or done twice.
    CHECK(each.owner_epoch >= epoch);             // I5: nobody writes after a later owner.
    epoch = each.owner_epoch;
  }
  CHECK(folded == world.stores.store->rows()); // I2
}

/// One fault, or none, before a step is run.
class trouble_maker {
public:
  explicit trouble_maker(std::mt19937_64& random) : random_(random) {}

  void before_step(pipeline_world& world) {
    auto& log = world.log;
    switch (random_() % 16) {
    case 0:
      log.abort_next = 1 + static_cast<int>(random_() % 3);
      break;
    case 1:
      log.die_before = log.calls + 1 + static_cast<int>(random_() % 8);
      break;
    case 2:
      log.die_after = log.calls + 1 + static_cast<int>(random_() % 8);
      break;
    case 3:
      ++log.owner; // Somebody else was here for a moment.
      break;
    case 4:
      world.stores.store->faulty_reads = 1 + static_cast<int>(random_() % 3);
      world.stores.store->read_fault = {schemas::errc::transient, "slow disk"};
      break;
    case 5:
      world.stores.store->faulty_reads = 1;
      world.stores.store->read_fault = {schemas::errc::corrupt, "bad block"};
      break;
    case 6:
      damage_someone(world);
      break;
    case 7:
      world.order(actors::task_order::restart);
      break;
    case 8:
      world.order(actors::task_order::rebuild);
      break;
    case 9:
      world.order(random_() % 2 == 0 ? actors::task_order::pause : actors::task_order::resume);
      break;
    default:
      break;
    }
  }

  /// The process comes back if it died; a disk that was slow is no more.
  void after_step(pipeline_world& world) {
    world.stores.store->faulty_reads = 0;
    world.log.die_before = world.log.die_after = 0;
    if (world.log.dead || random_() % 12 == 0)
      world.restart();
    world.run_until_idle();
  }

  /// Heals everything: the store is rebuilt, parked users go on.
  static void heal(pipeline_world& world) {
    world.log.abort_next = 0;
    world.order(actors::task_order::rebuild);
    world.order(actors::task_order::resume);
    world.run_until_idle();
    for (const auto& user : world.status().parked)
      CHECK(world.unpark(user.user_id).problem == "");
    world.run_until_idle();
  }

private:
  /// The bytes of one user's record change on the disk; only a user who is asleep notices.
  void damage_someone(pipeline_world& world) {
    const auto key = state::core_key("user-" + std::to_string(random_() % 3));
    if (world.stores.store->rows().contains(key))
      world.stores.store->damage(key, "damaged");
    world.restart();
  }

  std::mt19937_64& random_;
};

void publish_rules(pipeline_world& world) {
  world.publish(pipeline_world::count_rule("three", "checkin", 3));
  world.publish(pipeline_world::count_rule("ten", "checkin", 10));
  world.publish(pipeline_world::count_rule("five", "share", 5));
}

void send(pipeline_world& world, const std::vector<drawn_record>& records) {
  for (const auto& record : records)
    world.log.append(record.to, record.user, record.value);
}

void run_seed(std::uint64_t seed) {
  INFO("LAUREL_SEED=" << seed);
  std::mt19937_64 random{seed};
  const history input{random};

  pipeline_world calm;
  publish_rules(calm);
  for (int step = 0; step < steps; ++step)
    send(calm, input.step(step));
  calm.run_until_idle();
  check_invariants(calm);

  pipeline_world world;
  world.context.settings.awake_users_max = 1 + random() % 4;
  world.context.settings.round_records_max = 1 + random() % 20;
  world.context.settings.restarts.restarts_max = 1'000;
  world.context.settings.restarts.rebuilds_max = 1'000;
  publish_rules(world);
  world.run_until_idle();
  trouble_maker faults{random};
  for (int step = 0; step < steps; ++step) {
    faults.before_step(world);
    send(world, input.step(step));
    world.run_until_idle();
    faults.after_step(world);
  }
  trouble_maker::heal(world);

  check_invariants(world);
  const auto expected = outcome_of(calm);
  const auto got = outcome_of(world);
  CHECK(got.grants == expected.grants);
  CHECK(got.letters == expected.letters);
  CHECK(got.counters.parked == 0);
  CHECK(got.counters.applied == expected.counters.applied);
  CHECK(got.counters.duplicate == expected.counters.duplicate);
  CHECK(got.counters.dead_letter == expected.counters.dead_letter);
  CHECK(got.counters.users == expected.counters.users);
  CHECK(got.rows == expected.rows);
}

} // namespace

TEST_SUITE("seeded faults") {
  TEST_CASE("whatever faults a seed draws, the outcome is that of a run without any") {
    const auto only = number_from("LAUREL_SEED", 0);
    if (only != 0)
      return run_seed(only);
    const auto first = std::random_device{}() + 1ULL;
    const auto count = number_from("LAUREL_SEEDS", seeds_in_ci);
    std::cout << "seeds " << first << " to " << first + count - 1 << std::endl;
    for (auto seed = first; seed < first + count; ++seed)
      run_seed(seed);
  }
}
