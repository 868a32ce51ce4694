#include "api/documents.hpp"
#include "api/operation_documents.hpp"
#include "schemas/decision_codec.hpp"
#include "topology/cli/ask_and_wait.hpp"
#include "topology/cli/session.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cmath>
#include <memory>

namespace laurel::topology::cli {

namespace {

constexpr std::size_t bar_columns = 24;
constexpr std::size_t seconds_columns = 19; // "2026-01-05T08:15:00"

/// "2026-01-05 08:15:00 UTC"
std::string time_text(schemas::event_time at) {
  auto text = to_rfc3339(at).substr(0, seconds_columns);
  std::ranges::replace(text, 'T', ' ');
  return text + " UTC";
}

std::string key_text(const std::vector<std::string>& key) {
  std::string text;
  for (const auto& part : key)
    text += (text.empty() ? " [" : ", ") + printable(part);
  return text.empty() ? "" : text + "]";
}

bool is_held(const schemas::decision& last) {
  return schemas::state_of(last) == "held";
}

void print_badge(const schemas::decision& last, std::ostream& out, bool colour) {
  const bool held = is_held(last);
  out << "  "
      << (held ? tinted("\u2605", tint::yellow, colour) : tinted("\u2606", tint::grey, colour))
      << " " << tinted(printable(last.badge_id), held ? tint::bold : tint::grey, colour)
      << (last.n > 1 ? " (no. " + std::to_string(last.n) + ")" : "")
      << (last.is_pinned ? " (pinned)" : "") << "\n"
      << "      since " << time_text(last.granted_at);
  if (last.rule_id == state::manual_rule_id)
    out << ", by hand, command " << printable(last.cause) << "\n";
  else
    out << ", by event " << printable(last.cause) << ", rule " << printable(last.rule_id)
        << key_text(last.key) << "\n";
  if (last.revoked_at)
    out << "      " << tinted("lost", tint::red, colour) << " " << time_text(*last.revoked_at)
        << ", by event " << printable(last.revoke_cause) << "\n";
  if (last.expired_at)
    out << "      " << tinted("expired", tint::grey, colour) << " " << time_text(*last.expired_at)
        << "\n";
  if (last.redeemed_at)
    out << "      " << tinted("redeemed", tint::grey, colour) << " " << time_text(*last.redeemed_at)
        << ", by command " << printable(last.redeem_cause) << "\n";
  if (last.debt_at)
    out << "      " << tinted("owed", tint::red, colour) << " since " << time_text(*last.debt_at)
        << ", by event " << printable(last.debt_cause) << "\n";
  if (last.expires_at && held)
    out << "      until " << time_text(*last.expires_at) << "\n";
}

void print_progress(const state::rule_progress& entry, std::ostream& out, bool colour) {
  const auto percent = std::to_string(static_cast<int>(std::floor(entry.fraction * 100))) + "%";
  out << "  " << tinted(bar(entry.fraction, bar_columns), tint::blue, colour) << " "
      << std::string(4 - std::min<std::size_t>(4, percent.size()), ' ') << percent << "  "
      << printable(entry.badge_id) << key_text(entry.key) << "\n";
  for (const auto& leaf : entry.leaves)
    out << std::string(bar_columns + 9, ' ') << printable(leaf.what) << ": " << leaf.value << " of "
        << leaf.target << "\n";
}

void print(const state::user_view& view, const console& terminal) {
  const bool colour = terminal.out_is_terminal && terminal.may_colour;
  auto& out = terminal.out;
  const auto held = std::ranges::count_if(
    view.badges, [](const state::held_badge& badge) { return is_held(badge.last); });
  out << tinted(printable(view.user_id), tint::bold, colour) << "  " << held
      << (held == 1 ? " badge" : " badges") << "\n";
  for (const bool wanted : {true, false})
    for (const auto& badge : view.badges)
      if (is_held(badge.last) == wanted && badge.last.kind != schemas::decision_kind::withdrawn)
        print_badge(badge.last, out, colour);
  if (view.progress.empty())
    return;
  out << "\nOn the way\n";
  for (const auto& entry : view.progress)
    print_progress(entry, out, colour);
}

/// What there still is of a user who was erased.
int show_certificate(session& with, api::gateway& engine, const std::string& user_id) {
  const auto found = engine.erasure(user_id);
  if (!found)
    return with.complain(found.error());
  auto& out = with.terminal().out;
  if (with.as_json)
    return out << api::to_json(*found) << "\n", exit_ok;
  out << printable(user_id) << " is erased; nothing of before " << time_text(found->erased_at)
      << " counts again.\n";
  text_table table({"place", "topic", "gone", "by"});
  for (const auto& one : found->places)
    table.add({one.place, one.topic,
               one.is_removed ? "now"
               : one.gone_by  ? time_text(*one.gone_by)
                              : "no date",
               one.how});
  table.print(out, with.terminal().out_is_terminal && with.terminal().may_colour);
  return exit_ok;
}

/// Forgets a user.
int erase(session& with, const command_flags& flags) {
  int code = exit_ok;
  const auto wait = wait_of(with, flags.wait, "5s", code);
  if (!wait)
    return code;
  return ask_and_wait(with, command_of(schemas::command_kind::erase, flags), *wait,
                      [&](api::gateway& engine, const auto&) {
                        return with.as_json ? exit_ok : show_certificate(with, engine, flags.user);
                      });
}

int erased(session& with, const std::string& user_id) {
  int code = exit_ok;
  const auto engine = with.open_gateway(code);
  return engine == nullptr ? code : show_certificate(with, *engine, user_id);
}

int show(session& with, const std::string& user_id) {
  int code = exit_ok;
  const auto engine = with.open_gateway(code);
  if (engine == nullptr)
    return code;
  const auto view = engine->user(user_id);
  if (!view)
    return with.complain(view.error());
  if (with.as_json)
    with.terminal().out << api::to_json(*view) << "\n";
  else if (!view->has_state)
    return with.complain(exit_no_input, "user " + printable(user_id) + " was erased; nothing since "
                                          + time_text(*view->erased_at) + " has been counted");
  else
    print(*view, with.terminal());
  return exit_ok;
}

/// Whose records wait because their state cannot be used.
int parked(session& with) {
  int code = exit_ok;
  const auto engine = with.open_gateway(code);
  if (engine == nullptr)
    return code;
  if (engine->desk() == nullptr)
    return with.complain(exit_unavailable, "nobody here can be asked that");
  const auto users = engine->desk()->parked_users();
  if (!users)
    return with.complain(users.error());
  auto& out = with.terminal().out;
  if (with.as_json)
    return out << api::to_json(*users) << "\n", exit_ok;
  if (users->empty())
    return out << "No user is parked.\n", exit_ok;
  text_table table({"user", "task", "records", "since", "reason"});
  for (const auto& user : *users)
    table.add({printable(user.user_id), std::to_string(user.partition), grouped(user.records),
               time_text(schemas::event_time{user.since_ms}), printable(user.reason)});
  table.print(out, with.terminal().out_is_terminal && with.terminal().may_colour);
  return exit_ok;
}

int unpark(session& with, const std::vector<std::string>& user_ids) {
  int code = exit_ok;
  const auto engine = with.open_gateway(code);
  if (engine == nullptr)
    return code;
  if (engine->desk() == nullptr)
    return with.complain(exit_unavailable, "nobody here can be asked that");
  for (const auto& user_id : user_ids) {
    const auto records = engine->desk()->unpark(user_id);
    if (records)
      with.terminal().out << printable(user_id) << " goes on; " << grouped(*records)
                          << (*records == 1 ? " record" : " records") << " had waited.\n";
    else
      code = with.complain(records.error());
  }
  return code;
}

void add_parking(CLI::App& group, session& with) {
  auto* listing = group.add_subcommand("parked", "Users whose state cannot be used, and why");
  with.add_target(*listing);
  with.add_json(*listing);
  listing->footer("Example:\n  laurel users parked --embedded /var/lib/laurel");
  listing->callback([&with] { with.action = [&with] { return parked(with); }; });

  auto user_ids = std::make_shared<std::vector<std::string>>();
  auto* command = group.add_subcommand("unpark", "Evaluate what waits for a parked user, in order");
  command->add_option("USER", *user_ids, "The user's id")->required();
  with.add_target(*command);
  command->footer("Example:\n  laurel users unpark alice --embedded /var/lib/laurel");
  command->callback(
    [&with, user_ids] { with.action = [&with, user_ids] { return unpark(with, *user_ids); }; });
}

void add_erase(CLI::App& group, session& with) {
  auto flags = std::make_shared<command_flags>();
  auto* command = group.add_subcommand("erase", "Forget a user: everything that is known goes");
  command->add_option("USER", flags->user, "The user's id")->required();
  add_command_flags(*command, with, *flags);
  command->footer("There is no way back. Events of before the erasure do not count again, also if "
                  "they are sent again.\nExample:\n  laurel users erase alice --embedded "
                  "/var/lib/laurel");
  command->callback(
    [&with, flags] { with.action = [&with, flags] { return erase(with, *flags); }; });

  auto user_id = std::make_shared<std::string>();
  auto* shown = group.add_subcommand("erased", "What there still is of an erased user, until when");
  shown->add_option("USER", *user_id, "The user's id")->required();
  with.add_target(*shown);
  with.add_json(*shown);
  shown->footer("Example:\n  laurel users erased alice --embedded /var/lib/laurel");
  shown->callback(
    [&with, user_id] { with.action = [&with, user_id] { return erased(with, *user_id); }; });
}

} // namespace

void add_users(CLI::App& root, session& with) {
  auto* group = root.add_subcommand("users", "What users have earned");
  group->require_subcommand(1);
  add_parking(*group, with);
  add_erase(*group, with);
  auto* command = group->add_subcommand("show", "Committed badges and progress of one user");
  auto user_id = std::make_shared<std::string>();
  command->add_option("USER", *user_id, "The user's id")->required();
  with.add_target(*command);
  with.add_json(*command);
  command->footer("Example:\n  laurel users show alice --embedded /var/lib/laurel");
  command->callback(
    [&with, user_id] { with.action = [&with, user_id] { return show(with, *user_id); }; });
}

} // namespace laurel::topology::cli
