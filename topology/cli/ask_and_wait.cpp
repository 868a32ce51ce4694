#include "topology/cli/ask_and_wait.hpp"

#include "api/command_documents.hpp"

#include <thread>

namespace laurel::topology::cli {

namespace {

using schemas::command;

constexpr std::chrono::milliseconds look_again{20};

std::optional<state::command_outcome> outcome_of(api::gateway& engine, const command& asked) {
  const auto user = engine.user(asked.user_id);
  if (!user)
    return std::nullopt;
  const auto* const outcome = state::find_outcome(user->commands, asked.id);
  return outcome != nullptr ? std::optional(*outcome) : std::nullopt;
}

int tell(session& with, const command& asked, const state::command_outcome& outcome,
         const std::function<int(const state::command_outcome&)>& show) {
  if (outcome.fingerprint != state::fingerprint_of(asked))
    return with.complain(exit_data, "the id " + printable(asked.id)
                                      + " was used for another command of this user");
  if (with.as_json)
    with.terminal().out << api::to_json(outcome) << "\n";
  if (outcome.problem.empty())
    return show(outcome);
  const int code = outcome.problem == "not-found" ? exit_no_input : exit_data;
  return with.complain(code, outcome.problem + ": "
                               + std::string(state::describe_problem(outcome.problem)));
}

} // namespace

int ask_and_wait(session& with, api::gateway& engine, const command& asked,
                 std::chrono::milliseconds wait,
                 const std::function<int(const state::command_outcome&)>& show) {
  if (const auto done = engine.append_command(asked); !done)
    return with.complain(done.error());
  if (!engine.carries_out()) {
    with.terminal().out << "Taken in as " << printable(asked.id)
                        << "; the engine carries it out when it runs.\n";
    return exit_ok;
  }
  const auto until = std::chrono::steady_clock::now() + wait;
  do {
    if (const auto outcome = outcome_of(engine, asked))
      return tell(with, asked, *outcome, show);
    std::this_thread::sleep_for(look_again);
  } while (std::chrono::steady_clock::now() < until);
  return with.complain(exit_temporary, "taken in as " + printable(asked.id)
                                         + ", and not carried out yet: the same command with --id "
                                         + printable(asked.id) + " asks again");
}

} // namespace laurel::topology::cli
