// What one event costs in the user machine alone, with the five rules of the measured workload and
// its mix of events: no decoding, no actors, no log. Build with optimization:
//   evaluate_bench [events] [users]

#include "state/rules/rule_book.hpp"
#include "state/user_machine.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <deque>
#include <memory>
#include <random>
#include <string>
#include <vector>

using namespace laurel;

namespace {

constexpr const char* documents[] = {
  R"({"id":"checkins-10","badge":"Ten","on":["checkin"],"when":{"ge":[{"agg":{"f":"count"}},10]}})",
  R"({"id":"shares-100","badge":"Hundred","on":["share"],"when":{"ge":[{"agg":{"f":"count"}},100]}})",
  R"({"id":"spender","badge":"Spender","on":["purchase","refund"],"policy":{"revoke":"maintained"},
      "when":{"ge":[{"-":[
        {"agg":{"f":"sum","of":{"var":"event.amount"},"on":["purchase"],"currency":"EUR"}},
        {"agg":{"f":"sum","of":{"var":"event.amount"},"on":["refund"],"currency":"EUR"}}]},500]}})",
  R"({"id":"week","badge":"Week","on":["checkin"],"when":{"ge":[{"streak":{"unit":"day"}},7]}})",
  R"({"id":"places-5","badge":"Places","on":["checkin"],
      "when":{"ge":[{"agg":{"f":"distinct","of":{"var":"event.place"}}},5]}})",
};

state::rules::active_rules five_rules() {
  std::vector<std::shared_ptr<const state::rules::compiled_rule>> rules;
  state::rules::active_rules out;
  for (const auto* document : documents) {
    auto compiled = state::rules::compile_rule(document);
    for (const auto& fault : compiled.faults)
      std::fprintf(stderr, "%s: %s\n", fault.path.c_str(), fault.message.c_str());
    rules.push_back(compiled.rule);
    out.effective_from.push_back(schemas::event_time::lowest());
  }
  out.book = std::make_shared<const state::rules::rule_book>(std::move(rules));
  return out;
}

/// An event and the text it borrows.
struct made_event {
  std::string id;
  std::string place;
  schemas::field field;
  schemas::event event;
  std::size_t user = 0;
};

std::deque<made_event> workload(std::size_t count, std::size_t users, std::uint16_t place_slot) {
  std::mt19937_64 random(1);
  std::vector<double> cumulative(users);
  double sum = 0;
  for (std::size_t i = 0; i < users; ++i)
    cumulative[i] = sum += 1.0 / std::pow(static_cast<double>(i + 1), 0.8);
  std::uniform_real_distribution<double> pick(0, sum);
  std::deque<made_event> out;
  for (std::size_t i = 0; i < count; ++i) {
    auto& made = out.emplace_back();
    const auto at = std::lower_bound(cumulative.begin(), cumulative.end(), pick(random));
    made.user = static_cast<std::size_t>(at - cumulative.begin());
    char id[32];
    std::snprintf(id, sizeof id, "e-%010zu", i);
    made.id = id;
    auto& event = made.event;
    event.id = made.id;
    event.user_id = "user";
    event.at.ms = 1'767'225'600'000
                  + static_cast<std::int64_t>(static_cast<double>(i) / static_cast<double>(count)
                                              * 30 * 86'400'000.0);
    event.recorded_at = event.at;
    const auto kind = random() % 100;
    if (kind < 60) {
      event.type = "checkin";
      made.place = "place-" + std::to_string(random() % 50);
      made.field = {place_slot, std::string_view(made.place)};
      event.fields = {&made.field, 1};
    } else if (kind < 75) {
      event.type = "share";
    } else {
      event.type = kind < 97 ? "purchase" : "refund";
      event.from = schemas::input::transaction;
      event.amount =
        schemas::money{static_cast<std::int64_t>(random() % 10'000), {{'E', 'U', 'R'}}};
    }
  }
  return out;
}

/// CPU time of this process: other programs on the machine do not count.
double cpu_ns() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e9 + static_cast<double>(now.tv_nsec);
}

double ns_since(double begin, std::size_t count) {
  return (cpu_ns() - begin) / static_cast<double>(count);
}

} // namespace

int main(int argc, char** argv) {
  const std::size_t count = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 2'000'000;
  const std::size_t users = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 100'000;
  const auto rules = five_rules();
  const auto events = workload(count, users, *rules.book->reads().slot_of("place"));
  std::vector<state::user_machine> machines;
  for (std::size_t i = 0; i < users; ++i)
    machines.emplace_back("user-" + std::to_string(i));
  const state::horizons horizon;

  std::size_t decisions = 0;
  const auto begin = cpu_ns();
  for (const auto& made : events) {
    const schemas::event* one[] = {&made.event};
    decisions += machines[made.user].apply(one, rules, horizon).decisions.size();
  }
  std::printf("evaluate   %8.0f ns/event, %zu decisions\n", ns_since(begin, count), decisions);

  std::size_t memory = 0;
  for (const auto& machine : machines)
    memory += machine.memory_bytes();
  std::printf("memory     %8zu bytes/user\n", memory / users);

  std::size_t bytes = 0;
  std::size_t written = 0;
  std::vector<std::vector<state::row>> rows(users);
  const auto store = cpu_ns();
  for (std::size_t i = 0; i < users; ++i) {
    rows[i] = machines[i].changes();
    for (const auto& row : rows[i]) {
      ++written;
      bytes += row.key.size() + (row.value ? row.value->size() : 0);
    }
  }
  std::printf("changes    %8.0f ns/user, %.2f rows/user, %zu bytes/user\n", ns_since(store, users),
              static_cast<double>(written) / static_cast<double>(users), bytes / users);

  const auto load = cpu_ns();
  std::size_t loaded = 0;
  for (std::size_t i = 0; i < users; ++i)
    loaded += state::user_machine::load("user-" + std::to_string(i), rows[i]).has_value() ? 1 : 0;
  std::printf("load       %8.0f ns/user, %zu of them\n", ns_since(load, users), loaded);
  return 0;
}
