#include "api/documents.hpp"
#include "topology/cli/event_sender.hpp"
#include "topology/cli/session.hpp"

#include <CLI/CLI.hpp>

#include <filesystem>
#include <fstream>
#include <memory>

namespace laurel::topology::cli {

namespace {

std::uint64_t size_of(const std::string& file) {
  std::error_code ignored; // Without a size there is no percentage; nothing else depends on it.
  const auto size = std::filesystem::file_size(file, ignored);
  return ignored ? 0 : size;
}

void report(session& with, const send_summary& done) {
  auto& out = with.terminal().out;
  if (with.as_json)
    out << api::to_json(api::append_outcome{done.sent, done.first_faults}) << "\n";
  else
    out << grouped(done.sent) << " events sent" << (done.bad > 0 ? ", " : "")
        << (done.bad > 0 ? grouped(done.bad) + " bad lines left out" : "") << ".\n";
}

int send(session& with, const std::string& file) {
  std::ifstream from_disk(file);
  if (file != "-" && (!from_disk || std::filesystem::is_directory(file)))
    return with.complain(exit_no_input, file + " cannot be read");
  int code = exit_ok;
  const auto engine = with.open_gateway(code);
  if (engine == nullptr)
    return code;
  auto& terminal = with.terminal();
  event_sender sender(*engine, terminal, file == "-" ? 0 : size_of(file));
  const auto done = sender.send(file == "-" ? terminal.in : from_disk);
  report(with, sender.summary());
  if (!done)
    return with.complain(done.error());
  return sender.summary().bad > 0 ? exit_data : exit_ok;
}

} // namespace

void add_events(CLI::App& root, session& with) {
  auto* group = root.add_subcommand("events", "Tell Laurel what users did");
  group->require_subcommand(1);
  auto* command = group->add_subcommand("send", "Append events, one JSON object a line");
  auto file = std::make_shared<std::string>();
  command->add_option("FILE", *file, "NDJSON; \"-\" is standard input")->required();
  with.add_target(*command);
  with.add_json(*command);
  command->footer(
    "Bad lines are named by number and left out; then the exit code is 65. To send a file again\n"
    "is harmless: events are told apart by their event_id.\n"
    "Example:\n"
    "  echo '{\"event_id\":\"1\",\"user_id\":\"alice\",\"type\":\"checkin\",\"occurred_at\":"
    "\"2026-01-05T08:15:00Z\"}' |\n"
    "    laurel events send - --embedded /var/lib/laurel");
  command->callback([&with, file] { with.action = [&with, file] { return send(with, *file); }; });
}

} // namespace laurel::topology::cli
