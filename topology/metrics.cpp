#include "topology/metrics.hpp"

#include "api/route_table.hpp"
#include "schemas/event_codec.hpp"

#include <fmt/format.h>

namespace laurel::topology {

namespace {

constexpr double us_per_s = 1e6;

std::string escaped(std::string_view value) {
  std::string out;
  for (const char c : value)
    out += c == '\n' ? "\\n" : c == '"' || c == '\\' ? std::string("\\") + c : std::string(1, c);
  return out;
}

} // namespace

void metrics_writer::declare(std::string_view name, std::string_view kind, std::string_view help) {
  text_ += fmt::format("# HELP {} {}\n# TYPE {} {}\n", name, help, name, kind);
}

void metrics_writer::begin(std::string_view name, const labels& of) {
  text_ += name;
  for (std::size_t i = 0; i < of.size(); ++i)
    text_ += fmt::format("{}{}=\"{}\"", i == 0 ? "{" : ",", of[i].first, escaped(of[i].second));
  text_ += of.empty() ? " " : "} ";
}

void metrics_writer::sample(std::string_view name, const labels& of, double value) {
  begin(name, of);
  text_ += fmt::format("{}\n", value);
}

void metrics_writer::sample(std::string_view name, const labels& of, std::uint64_t value) {
  begin(name, of);
  text_ += fmt::format("{}\n", value);
}

void metrics_text::add(source one) {
  const std::lock_guard lock{mutex_};
  sources_.push_back(std::move(one));
}

std::string metrics_text::text() const {
  const std::lock_guard lock{mutex_};
  metrics_writer writer;
  for (const auto& each : sources_)
    each(writer);
  return writer.take();
}

// -- the listener ---------------------------------------------------------------------------------

namespace {

using route_counters = api::edge_counters::route_counters;

struct named_route {
  std::string route;
  std::string method;
};

named_route name_of_route(const std::vector<api::route>& table, std::size_t i) {
  if (i >= table.size())
    return {"none", "none"}; // Refused before a route was known.
  return {table[i].pattern, std::string(api::name_of(table[i].verb))};
}

void write_requests(const api::edge_server& edge, metrics_writer& to) {
  to.declare("http_requests_total", "counter", "Requests answered, by route and class of status.");
  const auto& counted = edge.counters().routes();
  for (std::size_t i = 0; i < counted.size(); ++i) {
    const auto of = name_of_route(edge.table(), i);
    for (std::size_t digit = 1; digit < counted[i].by_class.size(); ++digit)
      if (const auto count = counted[i].by_class[digit].load(); count > 0)
        to.sample(
          "http_requests_total",
          {{"route", of.route}, {"method", of.method}, {"status", std::to_string(digit) + "xx"}},
          count);
  }
}

void write_duration(const named_route& of, const route_counters& counted, metrics_writer& to) {
  constexpr std::string_view name = "http_request_duration_seconds";
  std::uint64_t so_far = 0;
  for (std::size_t i = 0; i < counted.by_time.size(); ++i) {
    so_far += counted.by_time[i].load();
    const bool is_last = i == api::edge_counters::bounds_us.size();
    const auto bound =
      is_last ? std::string("+Inf")
              : fmt::format("{}", static_cast<double>(api::edge_counters::bounds_us[i]) / us_per_s);
    to.sample(std::string(name) + "_bucket",
              {{"route", of.route}, {"method", of.method}, {"le", bound}}, so_far);
  }
  const metrics_writer::labels labels{{"route", of.route}, {"method", of.method}};
  to.sample(std::string(name) + "_sum", labels,
            static_cast<double>(counted.total_us.load()) / us_per_s);
  to.sample(std::string(name) + "_count", labels, so_far);
}

} // namespace

void write_edge(const api::edge_server& edge, metrics_writer& to) {
  write_requests(edge, to);
  to.declare("http_request_duration_seconds", "histogram",
             "From the end of the head, or of the body, to the answer.");
  const auto& counters = edge.counters();
  for (std::size_t i = 0; i < counters.routes().size(); ++i)
    write_duration(name_of_route(edge.table(), i), counters.routes()[i], to);
  const auto one = [&](std::string_view name, std::string_view kind, std::string_view help,
                       const std::atomic<std::uint64_t>& value) {
    to.declare(name, kind, help);
    to.sample(name, {}, value.load());
  };
  one("http_connections", "gauge", "Connections open now.", counters.connections);
  one("http_requests_in_flight", "gauge", "Requests being answered now.", counters.in_flight);
  one("http_streams", "gauge", "Connections that watch a user now.", counters.streams);
  one("http_connections_accepted_total", "counter", "Connections taken in.", counters.accepted);
  one("http_connections_refused_total", "counter", "Connections beyond a limit.",
      counters.turned_away);
  one("http_accept_failures_total", "counter", "Accepts that failed, e.g. without descriptors.",
      counters.accept_faults);
  one("http_handshake_failures_total", "counter", "TLS handshakes that failed.",
      counters.handshake_faults);
  one("http_timeouts_total", "counter", "Requests that took too long to arrive.",
      counters.timeouts);
}

// -- the tasks
// --------------------------------------------------------------------------------------

void write_tasks(api::gateway& pipeline, metrics_writer& to) {
  const auto report = pipeline.status();
  if (!report)
    return;
  const auto each = [&](std::string_view name, std::string_view kind, std::string_view help,
                        auto value_of) {
    to.declare(name, kind, help);
    for (const auto& task : report->tasks)
      to.sample(name, {{"partition", std::to_string(task.partition)}},
                static_cast<std::uint64_t>(value_of(task)));
  };
  to.declare("laurel_rules_active", "gauge", "Rules in force.");
  to.sample("laurel_rules_active", {}, report->rules_active);
  each("laurel_task_running", "gauge", "1 while the task runs.",
       [](const auto& task) { return task.phase == "running" ? 1 : 0; });
  each("laurel_task_commits_total", "counter", "Commits of the task, over all owners.",
       [](const auto& task) { return task.commits; });
  each("laurel_task_awake_users", "gauge", "User actors awake.",
       [](const auto& task) { return task.awake_users; });
  each("laurel_task_parked_users", "gauge", "Users whose state cannot be used; their records wait.",
       [](const auto& task) { return task.parked_users; });
  each("laurel_task_failures_total", "counter", "Failures of the task since the process started.",
       [](const auto& task) { return task.failures; });
  each("laurel_task_paused", "gauge", "1 while the task is paused, by command or by a flood.",
       [](const auto& task) { return task.phase == "paused" ? 1 : 0; });
  each("laurel_task_restored_records", "gauge", "Changelog records read since the process started.",
       [](const auto& task) { return task.restored_records; });
  each("laurel_task_users", "gauge", "Users with state.",
       [](const auto& task) { return task.counters.users; });
  each("laurel_task_decisions_total", "counter", "Decisions written.",
       [](const auto& task) { return task.counters.decisions; });
  to.declare("laurel_task_records_total", "counter", "Input records, by what became of them.");
  for (const auto& task : report->tasks) {
    const auto partition = std::to_string(task.partition);
    const auto& counted = task.counters;
    for (const auto& [fate, value] : std::initializer_list<std::pair<const char*, std::uint64_t>>{
           {"applied", counted.applied},
           {"duplicate", counted.duplicate},
           {"late", counted.late},
           {"erased", counted.erased},
           {"dead_letter", counted.dead_letter},
           {"parked", counted.parked}})
      to.sample("laurel_task_records_total", {{"partition", partition}, {"fate", fate}}, value);
  }
  to.declare("laurel_task_lag_records", "gauge", "Records not read yet.");
  for (const auto& task : report->tasks)
    for (const auto from : schemas::every_input)
      if (const auto lag = task.lag[static_cast<std::size_t>(from)]; lag >= 0)
        to.sample(
          "laurel_task_lag_records",
          {{"partition", std::to_string(task.partition)}, {"input", std::string(name_of(from))}},
          static_cast<std::uint64_t>(lag));
}

} // namespace laurel::topology
