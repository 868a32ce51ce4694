#include "api/key_desk.hpp"
#include "schemas/base/time.hpp"
#include "topology/cli/session.hpp"
#include "topology/cli/with_desk.hpp"
#include "topology/config_values.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <memory>

namespace laurel::topology::cli {

namespace {

/// What the flags of `keys create` have said.
struct create_flags {
  std::string name;
  std::vector<std::string> scopes;
  std::vector<std::string> users;
  std::uint32_t per_minute = 0;
  std::string lifetime;
};

std::string scopes_text(const api::scope_set& scopes) {
  std::string text;
  for (const auto& [what, name] : api::scope_names)
    if (scopes.has(what))
      text += (text.empty() ? "" : " ") + std::string(name);
  return text;
}

std::string time_text(std::int64_t ms) {
  return schemas::to_rfc3339({ms}).substr(0, 16);
}

std::string state_text(const api::api_key& key, bool colour) {
  return key.is_enabled ? tinted("enabled", tint::green, colour)
                        : tinted("disabled", tint::red, colour);
}

template <class Use>
int with_keys(session& with, Use use) {
  return with_desk(with, &api::gateway::keys,
                   "there are no API keys here: with brokers, set BADGE_HTTP_PEPPER (or "
                   "BADGE_HTTP_PEPPER_FILE) to a secret that all processes share",
                   use);
}

/// The key is shown this once; nothing that is stored can be turned back into it.
int print_minted(session& with, const api::minted_key& made) {
  auto& terminal = with.terminal();
  if (with.as_json) {
    terminal.out << api::shown(made) << "\n";
    return exit_ok;
  }
  terminal.out << made.text << "\n";
  terminal.err << "Keep it: it is shown this once. It is called " << made.key.kid << " and may "
               << scopes_text(made.key.scopes) << ".\n";
  return exit_ok;
}

int create(session& with, const create_flags& flags) {
  api::key_wish wish;
  wish.name = flags.name;
  wish.users = flags.users;
  wish.requests_per_minute = flags.per_minute;
  for (const auto& name : flags.scopes) {
    const auto known = api::parse_scope(name);
    if (!known)
      return with.complain(exit_usage, "there is no scope " + printable(name) + "; there are "
                                         + scopes_text(api::scope_set::all()));
    wish.scopes.add(*known);
  }
  if (!flags.lifetime.empty()) {
    const auto lifetime = parse_duration(flags.lifetime);
    if (!lifetime || lifetime->count() <= 0)
      return with.complain(exit_usage, "--lifetime must be a duration such as 90d");
    wish.lifetime = *lifetime;
  }
  return with_keys(with, [&](api::key_desk& desk) {
    const auto made = desk.create(wish);
    return made ? print_minted(with, *made) : with.complain(made.error());
  });
}

int list(session& with) {
  return with_keys(with, [&](api::key_desk& desk) {
    const auto keys = desk.list();
    if (!keys)
      return with.complain(keys.error());
    auto& terminal = with.terminal();
    if (with.as_json) {
      terminal.out << api::shown(*keys) << "\n";
      return static_cast<int>(exit_ok);
    }
    const bool colour = terminal.out_is_terminal && terminal.may_colour;
    text_table table({"key", "state", "created", "expires", "per minute", "scopes", "name"});
    for (const auto& key : *keys)
      table.add({key.kid, state_text(key, colour), time_text(key.created_at_ms),
                 key.expires_at_ms ? time_text(*key.expires_at_ms) : "-",
                 key.requests_per_minute == 0 ? "-" : std::to_string(key.requests_per_minute),
                 scopes_text(key.scopes), printable(key.name)});
    table.print(terminal.out, colour);
    return static_cast<int>(exit_ok);
  });
}

int disable(session& with, const std::string& kid) {
  return with_keys(with, [&](api::key_desk& desk) {
    const auto done = desk.disable(kid);
    if (!done)
      return with.complain(done.error());
    with.terminal().out << "disabled " << printable(kid) << "\n";
    return static_cast<int>(exit_ok);
  });
}

int rotate(session& with, const std::string& kid) {
  return with_keys(with, [&](api::key_desk& desk) {
    const auto made = desk.rotate(kid);
    return made ? print_minted(with, *made) : with.complain(made.error());
  });
}

void add_create(CLI::App& keys, session& with) {
  auto* command = keys.add_subcommand("create", "Make a key; it is printed once");
  auto flags = std::make_shared<create_flags>();
  command->add_option("--name", flags->name, "What it is for");
  command->add_option("--scope", flags->scopes, "What it may, e.g. read:badges; may be given again")
    ->required();
  command->add_option("--user", flags->users, "The only users it is for; may be given again");
  command->add_option("--per-minute", flags->per_minute,
                      "Requests a minute, instead of the setting");
  command->add_option("--lifetime", flags->lifetime, "How long it is good, e.g. 90d");
  with.add_target(*command);
  with.add_json(*command);
  command->callback(
    [&with, flags] { with.action = [&with, flags] { return create(with, *flags); }; });
}

/// A command that names one key.
void add_of_key(CLI::App& keys, session& with, const char* name, const char* help,
                int (*run)(session&, const std::string&)) {
  auto* command = keys.add_subcommand(name, help);
  auto kid = std::make_shared<std::string>();
  command->add_option("key", *kid, "Its name: the 10 characters after bk_")->required();
  with.add_target(*command);
  with.add_json(*command);
  command->callback(
    [&with, kid, run] { with.action = [&with, kid, run] { return run(with, *kid); }; });
}

} // namespace

void add_keys(CLI::App& root, session& with) {
  auto* keys = root.add_subcommand("keys", "API keys of the HTTP edge");
  keys->require_subcommand(1);
  add_create(*keys, with);
  auto* command = keys->add_subcommand("list", "All keys, without their secrets");
  with.add_target(*command);
  with.add_json(*command);
  command->callback([&with] { with.action = [&with] { return list(with); }; });
  add_of_key(*keys, with, "disable", "End a key, on all processes", disable);
  add_of_key(*keys, with, "rotate", "A new secret for a key; the old one is over", rotate);
}

} // namespace laurel::topology::cli
