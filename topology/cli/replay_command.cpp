#include "topology/cli/session.hpp"

#include <CLI/CLI.hpp>

#include <filesystem>
#include <fstream>
#include <memory>

namespace laurel::topology::cli {

namespace {

struct replay_options {
  std::vector<std::string> rules;
  std::vector<std::string> events;
  std::string out;
  std::string until;
};

std::optional<replay_request> request_of(session& with, const replay_options& options, int& code) {
  auto values = with.settings_or_complain();
  if (!values)
    return code = exit_config, std::nullopt;
  replay_request what{std::move(*values), {}, {}, {}};
  for (const auto& file : options.rules)
    what.rules.emplace_back(file);
  for (const auto& file : options.events)
    what.events.emplace_back(file);
  for (const auto* files : {&what.rules, &what.events})
    for (const auto& file : *files)
      if (file != "-" && !std::filesystem::exists(file))
        return code = with.complain(exit_no_input, file.string() + " is not there"), std::nullopt;
  if (options.until.empty())
    return what;
  const auto until = schemas::parse_rfc3339(options.until);
  if (!until)
    return code = with.complain(exit_usage, "--until " + until.error().message), std::nullopt;
  what.until = *until;
  return what;
}

void report(session& with, const replay_summary& done) {
  for (const auto& fault : done.faults)
    with.terminal().err << printable(fault) << "\n";
  with.terminal().err << grouped(done.events) << " events of " << grouped(done.users)
                      << " users: " << grouped(done.granted) << " granted, "
                      << grouped(done.revoked) << " revoked\n";
}

int replay(session& with, const replay_options& options) {
  int code = exit_ok;
  const auto what = request_of(with, options, code);
  if (!what)
    return code;
  std::ofstream file;
  if (!options.out.empty()) {
    file.open(options.out, std::ios::binary | std::ios::trunc);
    if (!file)
      return with.complain(exit_directory, options.out + " cannot be written");
  }
  auto& terminal = with.terminal();
  auto& out = options.out.empty() ? terminal.out : file;
  const auto done = with.app().replay(*what, terminal.in, out);
  if (!done)
    return with.complain(done.error());
  out.flush();
  if (!out)
    return with.complain(exit_temporary, "the output could not be written whole");
  report(with, *done);
  return done->faults.empty() ? exit_ok : exit_data;
}

} // namespace

void add_replay(CLI::App& root, session& with) {
  auto* command = root.add_subcommand("replay", "Run the whole engine over files");
  auto options = std::make_shared<replay_options>();
  command->add_option("--rules", options->rules, "Rules: one, an array, or one a line")
    ->required()
    ->type_name("FILE...");
  command->add_option("--events", options->events, "NDJSON; \"-\" is standard input")
    ->required()
    ->type_name("FILE...");
  command->add_option("--out", options->out, "Where decisions go; standard output if absent")
    ->type_name("FILE");
  command
    ->add_option("--until", options->until,
                 "Leave out events after this time, and let time pass up to it (RFC 3339)")
    ->type_name("TIME");
  with.add_settings(*command, {"horizon.engagement", "horizon.transaction", "topics.partitions",
                               "memory.budget", "log.level"});
  command->footer("The output is the fold of the decisions, one object a line, the same bytes each "
                  "time.\nExample:\n  laurel replay --rules rules.json --events events.ndjson "
                  "--out badges.ndjson");
  command->callback(
    [&with, options] { with.action = [&with, options] { return replay(with, *options); }; });
}

} // namespace laurel::topology::cli
