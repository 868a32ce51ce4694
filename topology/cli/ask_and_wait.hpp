#pragma once

#include "api/gateway.hpp"
#include "topology/cli/session.hpp"

#include <CLI/CLI.hpp>

#include <chrono>
#include <functional>
#include <optional>
#include <string>

namespace laurel::topology::cli {

/// What the flags of every command about a user have said.
struct command_flags {
  std::string user;
  std::string id; // Empty: one is made.
  std::string reason;
  std::string wait = "5s";
};

/// --id, --reason, --wait, and those that name the engine. `flags` outlives the parsing.
void add_command_flags(CLI::App& command, session& with, command_flags& flags);

/// The time of day.
schemas::event_time now();

/// Asked for now, from the command line.
schemas::command command_of(schemas::command_kind kind, const command_flags& flags);

/// How long `--wait` says; nothing after a complaint, which names `example` and sets `code`.
std::optional<std::chrono::milliseconds> wait_of(session& with, const std::string& said,
                                                 const char* example, int& code);

/// Sends a command to the engine that the flags name, and waits for its outcome, `wait` at most.
/// One that was carried out is printed as JSON if that is wanted, and goes to `show`; everything
/// else is said here. Returns the exit code.
using show_outcome = std::function<int(api::gateway&, const state::command_outcome&)>;
int ask_and_wait(session& with, const schemas::command& asked, std::chrono::milliseconds wait,
                 const show_outcome& show);

} // namespace laurel::topology::cli
