#include "topology/cli/run.hpp"

#include "topology/cli/session.hpp"
#include "topology/version.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <exception>

namespace laurel::topology::cli {

namespace {

void add_commands(CLI::App& root, session& with) {
  root.require_subcommand(1);
  root.set_version_flag("--version", version_line());
  root.set_help_all_flag("--help-all", "Help for every command");
  root.footer("Start here:\n"
              "  laurel serve --embedded /tmp/laurel --sample --watch\n"
              "Exit codes are those of sysexits.h; errors go to stderr.");
  add_serve(root, with);
  add_topics(root, with);
  add_rules(root, with);
  add_catalogue(root, with);
  add_events(root, with);
  add_users(root, with);
  add_explain(root, with);
  add_badge(root, with);
  add_keys(root, with);
  add_status(root, with);
  add_tasks(root, with);
  add_dlq(root, with);
  add_store(root, with);
  add_replay(root, with);
  add_completion(root, with);
}

/// Parses; nothing if an action was chosen, else the exit code.
std::optional<int> parse(CLI::App& root, const invocation& from, session& with) {
  auto arguments = from.arguments;
  std::ranges::reverse(arguments); // As the library wants it.
  try {
    root.parse(arguments);
    return std::nullopt;
  } catch (const CLI::ParseError& ended) {
    if (ended.get_exit_code() == 0) { // Help or version was asked for.
      root.exit(ended, with.terminal().out, with.terminal().err);
      return exit_ok;
    }
    return with.complain(exit_usage, std::string(ended.what()) + " (see laurel --help)");
  }
}

} // namespace

int run(const invocation& from, console& terminal, application& app) {
  session with(from, terminal, app);
  CLI::App root("Laurel grants badges for what users do, exactly once.", "laurel");
  try {
    add_commands(root, with);
    if (const auto ended = parse(root, from, with))
      return *ended;
    const int code = with.action();
    terminal.out.flush();
    return terminal.out ? code : with.complain(exit_temporary, "standard output cannot be written");
  } catch (const std::exception& fault) {
    return with.complain(exit_software, std::string("internal error: ") + fault.what());
  }
}

} // namespace laurel::topology::cli
