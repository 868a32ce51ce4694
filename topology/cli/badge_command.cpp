#include "schemas/command_codec.hpp"
#include "topology/cli/ask_and_wait.hpp"
#include "topology/cli/command_batch.hpp"
#include "topology/cli/session.hpp"

#include <CLI/CLI.hpp>

#include <array>
#include <memory>

namespace laurel::topology::cli {

namespace {

using schemas::command;
using schemas::command_kind;

/// What the flags have said.
struct badge_flags : command_flags {
  std::string badge;
  std::string grant;
  std::uint32_t revision = 0; // 0: whichever.
  std::string expires_at;
  std::string file;
};

schemas::result<command> badge_command_of(command_kind kind, const badge_flags& flags) {
  auto asked = command_of(kind, flags);
  asked.badge_id = flags.badge;
  asked.grant_id = flags.grant;
  if (flags.revision > 0)
    asked.if_revision = flags.revision;
  if (!flags.expires_at.empty()) {
    const auto at = schemas::parse_rfc3339(flags.expires_at);
    if (!at)
      return tl::unexpected(at.error());
    asked.expires_at = *at;
  }
  return asked;
}

int print(session& with, const command& asked, const state::command_outcome& outcome) {
  if (!with.as_json)
    with.terminal().out << schemas::name_of(outcome.kind) << " done: " << printable(outcome.badge)
                        << " of " << printable(asked.user_id) << ", grant " << outcome.grant_id
                        << ", revision " << outcome.revision << "\n";
  return exit_ok;
}

int ask(session& with, command_kind kind, const badge_flags& flags) {
  int code = exit_ok;
  const auto wait = wait_of(with, flags.wait, "5s", code);
  if (!wait)
    return code;
  const auto asked = badge_command_of(kind, flags);
  if (!asked)
    return with.complain(asked.error());
  return ask_and_wait(with, *asked, *wait, [&](auto&, const state::command_outcome& outcome) {
    return print(with, *asked, outcome);
  });
}

int batch(session& with, const badge_flags& flags) {
  int code = exit_ok;
  const auto wait = wait_of(with, flags.wait, "60s", code);
  if (!wait)
    return code;
  auto items = read_commands(flags.file, with.terminal().in, now());
  if (!items)
    return with.complain(items.error());
  const auto engine = with.open_gateway(code);
  if (engine == nullptr)
    return code;
  return run_batch(*engine, *items, *wait, with.terminal());
}

struct verb {
  command_kind kind;
  const char* help;
  const char* example;
};

/// All but erase, which is about the whole user: `laurel users erase`.
constexpr std::array<verb, schemas::command_kind_count - 1> verbs{{
  {command_kind::grant, "Grant a badge by hand", "laurel badge grant alice 'Beta Tester'"},
  {command_kind::revoke, "Take a badge away", "laurel badge revoke alice Regular --reason fraud"},
  {command_kind::redeem, "Use a badge up", "laurel badge redeem alice Coffee"},
  {command_kind::pin, "Show a badge first", "laurel badge pin alice Regular"},
  {command_kind::unpin, "No longer show it first", "laurel badge unpin alice Regular"},
  {command_kind::extend, "Move the end of a badge that ends by itself",
   "laurel badge extend alice Gold --expires-at 2027-01-01T00:00:00Z"},
}};

void add_verb(CLI::App& group, session& with, const verb& what) {
  auto flags = std::make_shared<badge_flags>();
  auto* command = group.add_subcommand(std::string(schemas::name_of(what.kind)), what.help);
  command->add_option("USER", flags->user, "The user's id")->required();
  auto* badge = command->add_option("BADGE", flags->badge, "The badge");
  if (what.kind == command_kind::grant) {
    badge->required();
  } else {
    auto* grant = command->add_option("--grant", flags->grant, "The id of the grant, instead");
    grant->excludes(badge);
    command->add_option("--if-revision", flags->revision,
                        "Only if this is still the grant's last revision");
  }
  if (what.kind == command_kind::grant || what.kind == command_kind::extend)
    command->add_option("--expires-at", flags->expires_at, "When it ends by itself (RFC 3339)");
  add_command_flags(*command, with, *flags);
  command->footer("Example:\n  " + std::string(what.example) + " --embedded /var/lib/laurel");
  command->callback([&with, flags, kind = what.kind] {
    with.action = [&with, flags, kind] { return ask(with, kind, *flags); };
  });
}

} // namespace

void add_badge(CLI::App& root, session& with) {
  auto* group = root.add_subcommand("badge", "Grants, revokes, redeems, pins or extends badges");
  group->require_subcommand(1);
  for (const auto& each : verbs)
    add_verb(*group, with, each);
  auto flags = std::make_shared<badge_flags>();
  flags->wait = "60s";
  auto* command = group->add_subcommand("batch", "Many commands, one JSON object a line");
  command->add_option("FILE", flags->file, "NDJSON, or - for standard input")->required();
  command->add_option("--wait", flags->wait, "How long to wait for the outcomes")
    ->capture_default_str();
  with.add_target(*command);
  command->footer("Each line is {\"user_id\", \"command\", \"badge_id\" or \"grant_id\", ...}; one "
                  "without a command_id gets one made of what it\nsays, so that the same file may "
                  "be sent again and only what is missing is done. One line of JSON tells the "
                  "outcome of each.\nExample:\n  laurel badge batch grants.ndjson --embedded "
                  "/var/lib/laurel");
  command->callback(
    [&with, flags] { with.action = [&with, flags] { return batch(with, *flags); }; });
}

} // namespace laurel::topology::cli
