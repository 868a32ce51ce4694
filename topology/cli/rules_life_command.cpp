#include "api/documents.hpp"
#include "api/rule_desk.hpp"
#include "schemas/base/time.hpp"
#include "topology/cli/rule_life.hpp"
#include "topology/cli/session.hpp"
#include "topology/cli/with_desk.hpp"

#include <CLI/CLI.hpp>

#include <memory>

namespace laurel::topology::cli {

namespace {

constexpr std::size_t version_columns = 12;

/// What the flags of these commands have said.
struct life_flags {
  std::string id;
  std::string version;
  bool stop = false;
};

template <class Use>
int with_life(session& with, Use use) {
  return with_desk(with, &api::gateway::rule_life, "there is no catalog of rules here", use);
}

int print_activated(session& with, const schemas::result<api::publish_outcome>& outcome) {
  if (!outcome)
    return with.complain(outcome.error());
  for (const auto& fault : outcome->faults)
    with.terminal().err << printable(fault.path) << ": " << printable(fault.message) << "\n";
  if (!outcome->faults.empty())
    return with.complain(exit_data, "nothing was changed");
  print_published(with, *outcome, api::rule_stage::active);
  return exit_ok;
}

int activate(session& with, const life_flags& flags) {
  return with_life(with, [&](api::rule_desk& desk) -> int {
    return print_activated(with, desk.activate(flags.id, flags.version));
  });
}

int roll_back(session& with, const life_flags& flags) {
  return with_life(
    with, [&](api::rule_desk& desk) { return print_activated(with, desk.roll_back(flags.id)); });
}

int versions(session& with, const life_flags& flags) {
  return with_life(with, [&](api::rule_desk& desk) -> int {
    const auto all = desk.versions(flags.id);
    if (!all)
      return with.complain(all.error());
    auto& out = with.terminal().out;
    if (with.as_json)
      return out << api::shown(*all) << "\n", exit_ok;
    text_table table({"version", "state"});
    for (const auto& each : *all)
      table.add({short_version(each.version), each.state});
    table.print(out, with.terminal().out_is_terminal && with.terminal().may_colour);
    return exit_ok;
  });
}

std::string some_of(const std::vector<std::string>& users) {
  std::string text;
  for (const auto& user : users)
    text += (text.empty() ? "" : ", ") + printable(user);
  return text;
}

void print(session& with, const api::rule_trial& trial) {
  auto& out = with.terminal().out;
  out << printable(trial.id) << " " << short_version(trial.version) << " is tried since "
      << schemas::to_rfc3339({trial.since_ms}) << "\n";
  if (trial.badges.empty())
    out << "Nobody would have been granted anything yet.\n";
  for (const auto& badge : trial.badges) {
    const auto lost = badge.users_ever - badge.users_holding;
    out << printable(badge.badge_id) << ": " << grouped(badge.users_holding)
        << (badge.users_holding == 1 ? " user" : " users") << " would hold it";
    if (lost > 0)
      out << ", " << grouped(lost) << " more would have lost it";
    out << "; " << grouped(badge.grants) << (badge.grants == 1 ? " grant" : " grants") << "\n    "
        << some_of(badge.examples) << (badge.users_ever > badge.examples.size() ? ", ..." : "")
        << "\n";
  }
}

int stop_trial(session& with, api::rule_desk& desk, const std::string& id) {
  if (const auto done = desk.end_trial(id); !done)
    return with.complain(done.error());
  with.terminal().out << "the trial of " << printable(id) << " is over; its version is a draft\n";
  return exit_ok;
}

int trial(session& with, const life_flags& flags) {
  return with_life(with, [&](api::rule_desk& desk) -> int {
    if (flags.stop)
      return stop_trial(with, desk, flags.id);
    const auto found = desk.trial(flags.id);
    if (!found)
      return with.complain(found.error());
    if (with.as_json)
      with.terminal().out << api::shown(*found) << "\n";
    else
      print(with, *found);
    return exit_ok;
  });
}

} // namespace

std::string short_version(const std::string& version) {
  return version.substr(0, version_columns);
}

void print_published(session& with, const api::publish_outcome& outcome, api::rule_stage as) {
  if (with.as_json) {
    with.terminal().out << api::to_json(outcome) << "\n";
    return;
  }
  const auto* const done = as == api::rule_stage::draft    ? "stored "
                           : as == api::rule_stage::shadow ? "trying "
                                                           : "published ";
  with.terminal().out << (outcome.changed ? done : "unchanged ") << outcome.id << " "
                      << short_version(outcome.version) << "\n";
}

void add_rules_life(CLI::App& group, session& with) {
  const auto add = [&](const char* name, const char* help,
                       int (*act)(session&, const life_flags&)) {
    auto flags = std::make_shared<life_flags>();
    auto* command = group.add_subcommand(name, help);
    command->add_option("ID", flags->id)->required();
    command->callback(
      [&with, flags, act] { with.action = [&with, flags, act] { return act(with, *flags); }; });
    with.add_target(*command);
    with.add_json(*command);
    return std::pair(command, flags);
  };
  add("versions", "The versions of a rule that are stored", versions)
    .first->footer("Example:\n  laurel rules versions explorer");
  auto [activation, wanted] = add("activate", "Put a stored version of a rule in force", activate);
  activation->add_option("VERSION", wanted->version,
                         "As listed; by default the one that is tried, else the draft");
  activation->footer("Examples:\n  laurel rules activate explorer\n"
                     "  laurel rules activate explorer 3f2a9c1b77d0");
  add("rollback", "Put the version of a rule in force that was so before", roll_back)
    .first->footer("Example:\n  laurel rules rollback explorer");
  auto [trying, chosen] = add("trial", "What the version that is tried would have granted", trial);
  trying->add_flag("--stop", chosen->stop,
                   "End the trial; what it would have granted is forgotten");
  trying->footer("Try a version with `laurel rules publish FILE --shadow`.\nExamples:\n"
                 "  laurel rules trial explorer\n  laurel rules trial explorer --stop");
}

} // namespace laurel::topology::cli
