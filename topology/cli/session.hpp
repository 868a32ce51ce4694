#pragma once

#include "api/gateway.hpp"
#include "topology/cli/application.hpp"
#include "topology/cli/console.hpp"
#include "topology/cli/run.hpp"
#include "topology/config.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace CLI {
class App;
} // namespace CLI

namespace laurel::topology::cli {

/// One run of the command line: what its flags have said so far, and what commands share.
///
/// Commands register themselves with an action; after parsing, `run` carries out the one action
/// that was chosen.
class session {
public:
  session(const invocation& from, console& terminal, application& app)
      : from_(from), terminal_(terminal), app_(app) {}

  console& terminal() { return terminal_; }
  application& app() { return app_; }

  /// The action of the command that was typed.
  std::function<int()> action;

  std::optional<std::string> config_file;
  std::vector<std::pair<std::string, std::string>> flags; // Key of the settings table, value.
  bool as_json = false;

  /// Adds flags for the named rows of the settings table, and --config.
  void add_settings(CLI::App& command, const std::vector<std::string_view>& keys);
  void add_all_settings(CLI::App& command);

  /// Adds --embedded, --state, --brokers and --config: which engine to ask.
  void add_target(CLI::App& command);
  void add_json(CLI::App& command);

  config_outcome load() const;

  /// The settings, or nothing after every fault was printed: then exit with 78.
  std::optional<settings> settings_or_complain(config_outcome* loaded = nullptr);

  /// Asks the process that holds the directory; opens what the settings name if none does. On
  /// failure complains and sets `code`.
  std::unique_ptr<api::gateway> open_gateway(int& code);

  /// Prints "laurel: what" to stderr and returns `code`.
  int complain(int code, std::string_view what);

  /// The same for a failure; the exit code follows from it.
  int complain(const schemas::error& why);

private:
  const invocation& from_;
  console& terminal_;
  application& app_;
};

// One of these for each group of commands, each in a file of its own.
void add_serve(CLI::App& root, session& with);
void add_topics(CLI::App& root, session& with);
void add_rules(CLI::App& root, session& with);
void add_catalogue(CLI::App& root, session& with);
void add_rules_test(CLI::App& group, session& with); // Of the group of rules.
void add_rules_life(CLI::App& group, session& with); // Of the group of rules.
void add_rules_new(CLI::App& group, session& with);  // A part of add_rules.
void add_rules_lint(CLI::App& group, session& with);
void add_events(CLI::App& root, session& with);
void add_users(CLI::App& root, session& with);
void add_explain(CLI::App& root, session& with);
void add_badge(CLI::App& root, session& with);
void add_keys(CLI::App& root, session& with);
void add_status(CLI::App& root, session& with);
void add_tasks(CLI::App& root, session& with);
void add_dlq(CLI::App& root, session& with);
void add_store(CLI::App& root, session& with);
void add_replay(CLI::App& root, session& with);
void add_completion(CLI::App& root, session& with);

} // namespace laurel::topology::cli
