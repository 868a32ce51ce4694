#include "topology/metrics.hpp"

#include "tests/api/edge_world.hpp"
#include "tests/api/fake_gateway.hpp"

#include <regex>
#include <set>
#include <sstream>

using namespace laurel;
using namespace laurel::topology;

namespace {

/// Every line is a comment or a sample, and a sample's name was declared before it.
void check_format(const std::string& text) {
  static const std::regex sample{
    R"re(([a-z_]+)(\{[a-z]+="[^"]*"(,[a-z]+="[^"]*")*\})? -?[0-9.e+-]+)re"};
  std::set<std::string> declared;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("# TYPE ")) {
      const auto name = line.substr(7, line.find(' ', 7) - 7);
      CHECK_MESSAGE(declared.insert(name).second, line);
      continue;
    }
    if (line.starts_with("# HELP "))
      continue;
    std::smatch match;
    REQUIRE_MESSAGE(std::regex_match(line, match, sample), line);
    auto name = match[1].str();
    for (const auto* const suffix : {"_bucket", "_sum", "_count"})
      if (name.ends_with(suffix) && declared.count(name) == 0)
        name.resize(name.size() - std::string_view(suffix).size());
    CHECK_MESSAGE(declared.count(name) == 1, line);
  }
}

} // namespace

TEST_SUITE("metrics") {
  TEST_CASE("what the edge has done is told by route and class, never by user") {
    tests::edge_world w;
    w.ask("GET /users/somebody HTTP/1.1\r\nHost: l\r\nX-API-Key: good\r\n\r\n");
    w.ask("nonsense\r\n\r\n");

    metrics_writer to;
    write_edge(*w.server, to);
    const auto text = to.take();

    check_format(text);
    CHECK(
      text.find("http_requests_total{route=\"/users/{user}\",method=\"GET\",status=\"2xx\"} 1\n")
      != std::string::npos);
    CHECK(text.find("http_requests_total{route=\"none\",method=\"none\",status=\"4xx\"} 1\n")
          != std::string::npos);
    CHECK(
      text.find("http_request_duration_seconds_count{route=\"/users/{user}\",method=\"GET\"} 1\n")
      != std::string::npos);
    CHECK(text.find("somebody") == std::string::npos);
  }

  TEST_CASE("what the tasks have done is told by partition") {
    tests::fake_gateway engine;
    api::task_status task;
    task.partition = 3;
    task.phase = "running";
    task.counters.applied = 41;
    task.lag = {5, -1};
    task.parked_users = 2;
    task.failures = 7;
    engine.report.tasks.push_back(task);
    metrics_text all;
    all.add([&](metrics_writer& to) { write_tasks(engine, to); });

    const auto text = all.text();

    check_format(text);
    CHECK(text.find("laurel_task_running{partition=\"3\"} 1\n") != std::string::npos);
    CHECK(text.find("laurel_task_records_total{partition=\"3\",fate=\"applied\"} 41\n")
          != std::string::npos);
    CHECK(text.find("laurel_task_lag_records{partition=\"3\",input=\"engagement\"} 5\n")
          != std::string::npos);
    CHECK(text.find("input=\"transaction\"") == std::string::npos); // It is not known.
    CHECK(text.find("laurel_task_parked_users{partition=\"3\"} 2\n") != std::string::npos);
    CHECK(text.find("laurel_task_failures_total{partition=\"3\"} 7\n") != std::string::npos);
  }
}
