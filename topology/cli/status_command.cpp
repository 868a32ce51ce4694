#include "api/documents.hpp"
#include "topology/cli/session.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>

namespace laurel::topology::cli {

namespace {

constexpr std::int64_t ms_per_s = 1'000;
constexpr std::int64_t s_per_min = 60;
constexpr std::int64_t s_per_h = 3'600;

std::string uptime_text(std::int64_t ms) {
  const auto seconds = ms / ms_per_s;
  return std::to_string(seconds / s_per_h) + "h " + std::to_string(seconds % s_per_h / s_per_min)
         + "m " + std::to_string(seconds % s_per_min) + "s";
}

std::string lag_text(std::int64_t lag) {
  return lag < 0 ? "?" : grouped(static_cast<std::uint64_t>(lag));
}

std::string phase_text(const api::task_status& task, bool colour) {
  const auto hue = task.phase == "running"  ? tint::green
                   : task.phase == "failed" ? tint::red
                                            : tint::yellow;
  return tinted(task.phase, hue, colour);
}

std::vector<std::string> row_of(const api::task_status& task, bool colour) {
  const auto& counters = task.counters;
  return {std::to_string(task.partition),
          phase_text(task, colour),
          std::to_string(task.next_offset[0]),
          std::to_string(task.next_offset[1]),
          lag_text(task.lag[0]),
          lag_text(task.lag[1]),
          grouped(task.commits),
          std::to_string(task.owner_epoch),
          grouped(task.restored_records),
          grouped(task.awake_users),
          grouped(task.parked_users),
          grouped(counters.applied),
          grouped(counters.duplicate),
          grouped(counters.late),
          grouped(counters.dead_letter),
          grouped(counters.decisions)};
}

void print_head(const api::status_report& report, std::ostream& out, bool colour) {
  if (report.instance.empty()) {
    out << tinted("No process holds the directory", tint::yellow, colour)
        << "; this is what is stored: ";
  } else {
    out << tinted(report.instance, tint::bold, colour) << "  laurel " << report.version << "  on "
        << report.log << "\n"
        << (report.ready ? tinted("ready", tint::green, colour)
                         : tinted("not ready", tint::yellow, colour))
        << ", up " << uptime_text(report.uptime_ms) << ", ";
  }
  out << report.rules_active << " active rules";
  if (report.users)
    out << ", " << grouped(*report.users) << " users";
  if (report.badges_held)
    out << ", " << grouped(*report.badges_held) << " badges held";
  out << "\n\n";
}

/// What went wrong and is over, and what waits for somebody.
void print_troubles(const api::status_report& report, std::ostream& out) {
  std::uint64_t parked = 0;
  for (const auto& task : report.tasks) {
    parked += task.parked_users;
    if (task.failures > 0)
      out << "task " << task.partition << " failed " << grouped(task.failures)
          << (task.failures == 1 ? " time" : " times") << ", last " << printable(task.last_failure)
          << "\n";
  }
  if (parked > 0)
    out << grouped(parked) << (parked == 1 ? " user is" : " users are")
        << " parked; `laurel users parked` says why\n";
}

void print(const api::status_report& report, const console& terminal) {
  const bool colour = terminal.out_is_terminal && terminal.may_colour;
  auto& out = terminal.out;
  print_head(report, out, colour);
  if (report.tasks.empty())
    return void(out << "No tasks are assigned to this process.\n");
  text_table table({"task", "phase", "eng.next", "txn.next", "eng.lag", "txn.lag", "commits",
                    "epoch", "restored", "awake", "parked", "applied", "dup", "late", "dlq",
                    "decisions"});
  for (const auto& task : report.tasks)
    table.add(row_of(task, colour));
  table.print(out, colour);
  for (const auto& task : report.tasks)
    if (!task.problem.empty())
      out << "task " << task.partition << ": " << printable(task.problem) << "\n";
  print_troubles(report, out);
}

int status(session& with) {
  int code = exit_ok;
  const auto engine = with.open_gateway(code);
  if (engine == nullptr)
    return code;
  const auto report = engine->status();
  if (!report)
    return with.complain(report.error());
  if (with.as_json)
    with.terminal().out << api::to_json(*report) << "\n";
  else
    print(*report, with.terminal());
  return exit_ok;
}

} // namespace

void add_status(CLI::App& root, session& with) {
  auto* command =
    root.add_subcommand("status", "Tasks, offsets, lag, commits, restore, dead letters, late");
  with.add_target(*command);
  with.add_json(*command);
  command->footer("Example:\n  laurel status --embedded /var/lib/laurel");
  command->callback([&with] { with.action = [&with] { return status(with); }; });
}

} // namespace laurel::topology::cli
