// How the cost of evaluation grows: with the size of the rule book, with the past of a user, and
// how many bytes of state a user has for each kind of rule. The user machine alone, as in
// evaluate_bench. Build with optimization:
//   cost_bench [rounds]     the least of so many rounds is printed

#include "state/rules/rule_book.hpp"
#include "state/user_machine.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <memory>
#include <string>
#include <vector>

using namespace laurel;

namespace {

constexpr std::int64_t start_ms = 1'767'225'600'000; // 2026-01-01
constexpr std::int64_t second_ms = 1'000;
constexpr std::int64_t hour_ms = 3'600'000;
constexpr std::size_t touched_rules = 5;

state::rules::active_rules rules_of(const std::vector<std::string>& documents) {
  std::vector<std::shared_ptr<const state::rules::compiled_rule>> rules;
  state::rules::active_rules out;
  for (const auto& document : documents) {
    auto compiled = state::rules::compile_rule(document);
    for (const auto& fault : compiled.faults)
      std::fprintf(stderr, "%s: %s\n", fault.path.c_str(), fault.message.c_str());
    if (compiled.rule == nullptr)
      std::exit(1);
    rules.push_back(compiled.rule);
    out.effective_from.push_back(schemas::event_time::lowest());
  }
  out.book = std::make_shared<const state::rules::rule_book>(std::move(rules));
  return out;
}

std::string counting(const std::string& id, const std::string& type) {
  return R"({"id":")" + id + R"(","badge":"B","on":[")" + type
         + R"("],"when":{"ge":[{"agg":{"f":"count"}},1000000000]}})";
}

/// A book of which check-ins touch five rules, whatever its size.
state::rules::active_rules book_of(std::size_t size) {
  std::vector<std::string> documents;
  for (std::size_t i = 0; i < size; ++i)
    documents.push_back(counting("r" + std::to_string(i),
                                 i < touched_rules ? "checkin" : "type-" + std::to_string(i)));
  return rules_of(documents);
}

/// CPU time of this process: other programs on the machine do not count.
double cpu_ns() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e9 + static_cast<double>(now.tv_nsec);
}

/// Check-ins of one user, one after the other.
class checkins {
public:
  explicit checkins(const state::rules::active_rules& rules, std::int64_t apart_ms)
      : rules_(rules), apart_ms_(apart_ms), slot_(rules.book->reads().slot_of("place")) {}

  void send(state::user_machine& to) {
    const auto id = "e-" + std::to_string(next_);
    const auto place = "place-" + std::to_string(next_ % 50);
    schemas::event event;
    event.id = id;
    event.user_id = "user";
    event.type = "checkin";
    event.at.ms = start_ms + static_cast<std::int64_t>(next_++) * apart_ms_;
    event.recorded_at = event.at;
    const schemas::field field{slot_.value_or(0), std::string_view(place)};
    if (slot_)
      event.fields = {&field, 1};
    const schemas::event* one[] = {&event};
    to.apply(one, rules_, horizon_);
  }

private:
  const state::rules::active_rules& rules_;
  const std::int64_t apart_ms_;
  const std::optional<std::uint16_t> slot_;
  const state::horizons horizon_;
  std::size_t next_ = 0;
};

double cost_in_book(const state::rules::active_rules& rules) {
  constexpr std::size_t users = 500;
  constexpr std::size_t events = 100;
  double spent = 0;
  for (std::size_t user = 0; user < users; ++user) {
    state::user_machine machine("user");
    checkins source(rules, hour_ms);
    source.send(machine); // Binds the book, once in a user's life in memory.
    const auto begin = cpu_ns();
    for (std::size_t i = 0; i < events; ++i)
      source.send(machine);
    spent += cpu_ns() - begin;
  }
  return spent / static_cast<double>(users * events);
}

void print_books(int rounds) {
  const std::vector<std::size_t> sizes{10, 100, 1000};
  std::vector<state::rules::active_rules> books;
  for (const auto size : sizes)
    books.push_back(book_of(size));
  std::vector<double> least(sizes.size(), 1e18);
  for (int round = 0; round < rounds; ++round) {
    for (std::size_t i = 0; i < sizes.size(); ++i)
      least[i] = std::min(least[i], cost_in_book(books[i]));
  }
  for (std::size_t i = 0; i < sizes.size(); ++i)
    std::printf("book of %5zu rules, 5 touched: %6.0f ns/event\n", sizes[i], least[i]);
  std::printf("ratio of 1000 to 10 rules: %.2f (wanted: at most 1.3)\n", least[2] / least[0]);
}

void print_past(int rounds) {
  constexpr std::size_t little = 100;
  constexpr std::size_t much = 1'000'000;
  constexpr std::size_t measured = 50'000;
  const auto rules = book_of(touched_rules);
  double after_little = 1e18;
  for (int round = 0; round < rounds; ++round) {
    double spent = 0;
    for (std::size_t user = 0; user < measured / little; ++user) {
      state::user_machine machine("user");
      checkins source(rules, second_ms);
      for (std::size_t i = 0; i < little; ++i)
        source.send(machine);
      const auto begin = cpu_ns();
      for (std::size_t i = 0; i < little; ++i)
        source.send(machine);
      spent += cpu_ns() - begin;
    }
    after_little = std::min(after_little, spent / static_cast<double>(measured));
  }
  state::user_machine machine("user");
  checkins source(rules, second_ms);
  for (std::size_t i = 0; i < much; ++i)
    source.send(machine);
  double after_much = 1e18;
  for (int round = 0; round < rounds; ++round) {
    const auto begin = cpu_ns();
    for (std::size_t i = 0; i < measured; ++i)
      source.send(machine);
    after_much = std::min(after_much, (cpu_ns() - begin) / static_cast<double>(measured));
  }
  std::printf("after %9zu events: %6.0f ns/event\n", little, after_little);
  std::printf("after %9zu events: %6.0f ns/event\n", much, after_much);
  std::printf("ratio: %.2f (wanted: at most 1.5)\n", after_much / after_little);
}

std::size_t bytes_of(const std::string& rest) {
  constexpr std::size_t events = 100;
  const auto with = [](const std::string& document) {
    const auto rules = rules_of({document});
    state::user_machine machine("user");
    checkins source(rules, hour_ms);
    for (std::size_t i = 0; i < events; ++i)
      source.send(machine);
    std::size_t bytes = 0;
    for (const auto& row : machine.changes())
      bytes += row.key.size() + (row.value ? row.value->size() : 0);
    return bytes;
  };
  return with(R"({"id":"r","badge":"B","on":["checkin"],)" + rest + "}");
}

void print_bytes() {
  const std::vector<std::pair<const char*, const char*>> kinds{
    {"count", R"("when":{"ge":[{"agg":{"f":"count"}},1000]})"},
    {"count, the last 7 days",
     R"("when":{"ge":[{"agg":{"f":"count","win":{"last":"P7D"}}},1000]})"},
    {"count, this week", R"("when":{"ge":[{"agg":{"f":"count","win":{"cal":"week"}}},1000]})"},
    {"different places (50)",
     R"("when":{"ge":[{"agg":{"f":"distinct","of":{"var":"event.place"}}},1000]})"},
    {"greatest hour", R"("when":{"ge":[{"agg":{"f":"max","of":{"var":"local.hour"}}},1000]})"},
    {"days in a row", R"("when":{"ge":[{"streak":{"unit":"day"}},1000]})"},
    {"sequence of two",
     R"("when":{"seq":{"steps":[{"on":"checkin"},{"on":"checkin","where":{"==":[{"var":"event.place"},"none"]}}],"within":"P1D"}})"},
    {"count, granted", R"("when":{"ge":[{"agg":{"f":"count"}},10]})"},
    {"count by place (50 keys)", R"("key":["place"],"when":{"ge":[{"agg":{"f":"count"}},1000]})"}};
  std::printf(
    "bytes of state after 100 check-ins, an hour apart, the events of two days included:\n");
  for (const auto& [name, rest] : kinds)
    std::printf("  %-26s %6zu\n", name, bytes_of(rest));
}

} // namespace

int main(int argc, char** argv) {
  const int rounds = argc > 1 ? std::atoi(argv[1]) : 5;
  print_books(rounds);
  print_past(rounds);
  print_bytes();
  return 0;
}
