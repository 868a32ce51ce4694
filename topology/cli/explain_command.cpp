#include "api/explanation_document.hpp"
#include "schemas/decision_codec.hpp"
#include "schemas/event_codec.hpp"
#include "state/command_outcome.hpp"
#include "topology/cli/session.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <memory>

namespace laurel::topology::cli {

namespace {

constexpr std::size_t seconds_columns = 19; // "2026-01-05T08:15:00"

/// "2026-01-05 08:15:00 UTC"
std::string time_text(schemas::event_time at) {
  auto text = to_rfc3339(at).substr(0, seconds_columns);
  std::ranges::replace(text, 'T', ' ');
  return text + " UTC";
}

std::string_view words_of(const std::string& relation) {
  return relation == "ge"   ? "at least "
         : relation == "gt" ? "more than "
         : relation == "le" ? "at most "
         : relation == "lt" ? "less than "
                            : "";
}

/// What an explanation looks like to a person.
class explanation_page {
public:
  explanation_page(const state::explanation& what, const console& terminal)
      : what_(what), out_(terminal.out), colour_(terminal.out_is_terminal && terminal.may_colour) {}

  void print() {
    print_head();
    for (const auto& part : what_.conditions)
      print_part(part);
    print_list("Missing", what_.missing);
    print_list("Also", what_.notes);
    if (!what_.grants.empty())
      out_ << "\nGranted\n";
    for (const auto& last : what_.grants)
      print_grant(last);
  }

private:
  void print_head() {
    out_ << tinted(printable(what_.user_id), tint::bold, colour_) << "  rule "
         << tinted(printable(what_.rule_id), tint::bold, colour_);
    for (const auto& part : what_.key)
      out_ << " [" << printable(part) << "]";
    if (!what_.badge_id.empty())
      out_ << ", badge " << printable(what_.badge_id);
    if (!what_.rule_version.empty())
      out_ << ", version " << what_.rule_version;
    out_ << "\n  as of " << time_text(what_.at);
    if (!what_.zone.empty())
      out_ << ", days of " << printable(what_.zone);
    if (!what_.rule_version.empty())
      out_ << ": "
           << (what_.holds ? tinted("holds", tint::green, colour_)
                           : tinted("does not hold", tint::yellow, colour_));
    out_ << "\n";
  }

  void print_part(const state::explained_condition& part) {
    const bool is_good = part.holds == part.is_wanted;
    out_ << "\n  "
         << (is_good ? tinted("\u2713", tint::green, colour_)
                     : tinted("\u2717", tint::yellow, colour_))
         << " " << (part.is_wanted ? "" : "not: ") << printable(part.what);
    if (part.relation != "holds")
      out_ << ": " << (part.value.empty() ? "none" : part.value) << ", wanted "
           << (part.is_wanted ? "" : "not ") << words_of(part.relation) << part.target;
    out_ << "\n";
    for (const auto& leaf : part.leaves)
      print_leaf(leaf, part.leaves.size() > 1);
  }

  void print_leaf(const state::explained_leaf& leaf, bool is_one_of_several) {
    if (is_one_of_several)
      out_ << "      " << printable(leaf.what) << ": " << (leaf.value.empty() ? "none" : leaf.value)
           << "\n";
    for (const auto& event : leaf.events)
      out_ << "      " << tinted(time_text(event.at), tint::grey, colour_) << "  "
           << printable(event.id) << (event.adds.empty() ? "" : "  " + event.adds) << "\n";
    if (leaf.events_known > leaf.events.size())
      out_ << "      and " << grouped(leaf.events_known - leaf.events.size()) << " earlier\n";
    if (!leaf.history_is_whole)
      out_ << "      older events count, too; their ids are no longer kept\n";
  }

  void print_list(std::string_view title, const std::vector<std::string>& lines) {
    if (!lines.empty())
      out_ << "\n" << title << "\n";
    for (const auto& line : lines)
      out_ << "  " << printable(line) << "\n";
  }

  void print_grant(const schemas::decision& last) {
    out_ << "  " << printable(last.badge_id)
         << (last.n > 1 ? " (no. " + std::to_string(last.n) + ")" : "") << ": "
         << schemas::state_of(last) << ", since " << time_text(last.granted_at) << ", by "
         << (last.rule_id == state::manual_rule_id ? "command " : "event ") << printable(last.cause)
         << "\n      version " << last.rule_version << ", grant " << last.grant_id << " revision "
         << last.revision << ", told by the record of " << time_text(last.recorded_at);
    if (last.position.is_known())
      out_ << " (" << schemas::name_of(last.position.from) << ", offset " << last.position.offset
           << ")";
    out_ << "\n";
    if (const auto ended = last.ended_at())
      out_ << "      ended " << time_text(*ended)
           << (last.revoke_cause.empty() ? "" : ", by event " + printable(last.revoke_cause))
           << "\n";
  }

  const state::explanation& what_;
  std::ostream& out_;
  bool colour_;
};

struct explain_options {
  std::string user_id;
  std::string rule_id;
  std::vector<std::string> key;
};

int explain(session& with, const explain_options& options) {
  int code = exit_ok;
  const auto engine = with.open_gateway(code);
  if (engine == nullptr)
    return code;
  state::explain_request wanted;
  wanted.user_id = options.user_id;
  wanted.rule_id = options.rule_id;
  wanted.for_operator = true;
  if (!options.key.empty())
    wanted.key = options.key;
  const auto found = engine->explain(std::move(wanted));
  if (!found)
    return with.complain(found.error());
  if (with.as_json)
    with.terminal().out << api::to_json(*found) << "\n";
  else
    explanation_page(*found, with.terminal()).print();
  return exit_ok;
}

} // namespace

void add_explain(CLI::App& root, session& with) {
  auto* command = root.add_subcommand("explain", "Why a user has a badge of a rule, or not yet");
  auto options = std::make_shared<explain_options>();
  command->add_option("USER", options->user_id, "The user's id")->required();
  command->add_option("RULE", options->rule_id, "The rule's id")->required();
  command
    ->add_option("--key", options->key,
                 "Of a rule with a key: which one; once for each part, in order")
    ->type_name("PART")
    ->take_all()
    ->allow_extra_args(false);
  with.add_target(*command);
  with.add_json(*command);
  command->footer("Examples:\n  laurel explain alice ten-checkins --embedded /var/lib/laurel\n"
                  "  laurel explain alice good-answer --key post-7 --state /var/lib/laurel");
  command->callback(
    [&with, options] { with.action = [&with, options] { return explain(with, *options); }; });
}

} // namespace laurel::topology::cli
