#include "topology/cli/ask_and_wait.hpp"

#include "api/command_documents.hpp"
#include "schemas/base/hex.hpp"
#include "topology/config_values.hpp"

#include <thread>

namespace laurel::topology::cli {

namespace {

using schemas::command;

constexpr std::chrono::milliseconds look_again{20};
constexpr std::size_t random_id_bytes = 16;

std::optional<state::command_outcome> outcome_of(api::gateway& engine, const command& asked) {
  const auto user = engine.user(asked.user_id);
  if (!user)
    return std::nullopt;
  const auto* const outcome = state::find_outcome(user->commands, asked.id);
  return outcome != nullptr ? std::optional(*outcome) : std::nullopt;
}

int tell(session& with, api::gateway& engine, const command& asked,
         const state::command_outcome& outcome, const show_outcome& show) {
  if (outcome.fingerprint != state::fingerprint_of(asked))
    return with.complain(exit_data, "the id " + printable(asked.id)
                                      + " was used for another command of this user");
  if (with.as_json)
    with.terminal().out << api::to_json(outcome) << "\n";
  if (outcome.problem.empty())
    return show(engine, outcome);
  const int code = outcome.problem == "not-found" ? exit_no_input : exit_data;
  return with.complain(code, outcome.problem + ": "
                               + std::string(state::describe_problem(outcome.problem)));
}

} // namespace

void add_command_flags(CLI::App& command, session& with, command_flags& flags) {
  command.add_option("--id", flags.id, "Idempotency key; the same one is carried out once");
  command.add_option("--reason", flags.reason, "Why; kept with the command");
  command.add_option("--wait", flags.wait, "How long to wait for the outcome")
    ->capture_default_str();
  with.add_target(command);
  with.add_json(command);
}

schemas::event_time now() {
  const auto since = std::chrono::system_clock::now().time_since_epoch();
  return {std::chrono::duration_cast<std::chrono::milliseconds>(since).count()};
}

command command_of(schemas::command_kind kind, const command_flags& flags) {
  command asked;
  asked.id = flags.id.empty() ? schemas::random_hex(random_id_bytes) : flags.id;
  asked.user_id = flags.user;
  asked.kind = kind;
  asked.at = now();
  asked.reason = flags.reason;
  asked.actor = "command line";
  return asked;
}

std::optional<std::chrono::milliseconds> wait_of(session& with, const std::string& said,
                                                 const char* example, int& code) {
  const auto wait = parse_duration(said);
  if (wait && wait->count() >= 0)
    return *wait;
  code = with.complain(exit_usage, std::string("--wait must be a duration such as ") + example);
  return std::nullopt;
}

int ask_and_wait(session& with, const command& asked, std::chrono::milliseconds wait,
                 const show_outcome& show) {
  int code = exit_ok;
  const auto engine = with.open_gateway(code);
  if (engine == nullptr)
    return code;
  if (const auto done = engine->append_command(asked); !done)
    return with.complain(done.error());
  if (!engine->carries_out()) {
    with.terminal().out << "Taken in as " << printable(asked.id)
                        << "; the engine carries it out when it runs.\n";
    return exit_ok;
  }
  const auto until = std::chrono::steady_clock::now() + wait;
  do {
    if (const auto outcome = outcome_of(*engine, asked))
      return tell(with, *engine, asked, *outcome, show);
    std::this_thread::sleep_for(look_again);
  } while (std::chrono::steady_clock::now() < until);
  return with.complain(exit_temporary, "taken in as " + printable(asked.id)
                                         + ", and not carried out yet: the same command with --id "
                                         + printable(asked.id) + " asks again");
}

} // namespace laurel::topology::cli
