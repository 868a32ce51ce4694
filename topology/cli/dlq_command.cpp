#include "api/operation_documents.hpp"
#include "schemas/base/time.hpp"
#include "topology/cli/session.hpp"

#include <CLI/CLI.hpp>

#include <charconv>
#include <memory>

namespace laurel::topology::cli {

namespace {

constexpr std::size_t error_columns_max = 60;
constexpr std::uint64_t settle_limit = 10'000;

struct dlq_options {
  api::letter_filter filter;
  std::vector<std::string> letters; // PARTITION/OFFSET
  std::int32_t partition = -1;
  bool everything = false;
  bool dry_run = false;
};

std::string name_of(std::int32_t partition, std::int64_t offset) {
  return std::to_string(partition) + "/" + std::to_string(offset);
}

/// Reads "PARTITION/OFFSET" into `into`.
bool parse_name(std::string_view text, api::letter_filter& into) {
  const auto slash = text.find('/');
  if (slash == text.npos)
    return false;
  std::int32_t partition = -1;
  std::int64_t offset = -1;
  const auto* const last = text.data() + text.size();
  const auto left = std::from_chars(text.data(), text.data() + slash, partition);
  const auto right = std::from_chars(text.data() + slash + 1, last, offset);
  into.partition = partition;
  into.offset = offset;
  return left.ec == std::errc{} && left.ptr == text.data() + slash && right.ec == std::errc{}
         && right.ptr == last && partition >= 0 && offset >= 0;
}

/// The desk of the engine that is asked, which lives as long as `engine`; null after a complaint.
api::operations* desk_of(session& with, std::unique_ptr<api::gateway>& engine, int& code) {
  engine = with.open_gateway(code);
  if (engine == nullptr)
    return nullptr;
  if (engine->desk() == nullptr)
    code = with.complain(exit_unavailable, "nobody here can be asked that");
  return engine->desk();
}

std::string shortened(std::string text) {
  if (text.size() > error_columns_max)
    text = text.substr(0, error_columns_max - 3) + "...";
  return printable(text);
}

int list(session& with, const dlq_options& options) {
  int code = exit_ok;
  std::unique_ptr<api::gateway> engine;
  auto* const desk = desk_of(with, engine, code);
  if (desk == nullptr)
    return code;
  const auto page = desk->letters(options.filter);
  if (!page)
    return with.complain(page.error());
  auto& out = with.terminal().out;
  if (with.as_json)
    return out << api::to_json(*page) << "\n", exit_ok;
  if (page->matching == 0)
    return out << "No dead letters.\n", exit_ok;
  text_table table({"letter", "written", "class", "key", "origin", "attempt", "state", "error"});
  for (const auto& letter : page->letters)
    table.add(
      {name_of(letter.partition, letter.offset), to_rfc3339(schemas::event_time{letter.at_ms}),
       printable(letter.class_name), printable(letter.key),
       printable(letter.topic) + "/" + name_of(letter.origin_partition, letter.origin_offset),
       std::to_string(letter.attempt), letter.state, shortened(letter.error)});
  table.print(out, with.terminal().out_is_terminal && with.terminal().may_colour);
  if (page->matching > page->letters.size())
    out << grouped(page->matching - page->letters.size()) << " more; narrow it down, or --limit\n";
  return exit_ok;
}

void print(const api::dead_letter& letter, std::ostream& out) {
  const auto line = [&](std::string_view name, const std::string& value) {
    if (!value.empty())
      out << name << std::string(11 - name.size(), ' ') << printable(value) << "\n";
  };
  line("letter", name_of(letter.partition, letter.offset));
  line("state", letter.state);
  line("written", to_rfc3339(schemas::event_time{letter.at_ms}));
  line("class", letter.class_name);
  line("code", letter.code);
  line("error", letter.error);
  line("key", letter.key);
  line("origin", letter.topic + "/" + name_of(letter.origin_partition, letter.origin_offset));
  line("arrived", to_rfc3339(schemas::event_time{letter.origin_ms}));
  line("attempt", std::to_string(letter.attempt));
  line("version", letter.version);
  out << (letter.is_whole ? "\n" : "\nonly hash and length were kept:\n") << printable(letter.value)
      << "\n";
}

int show(session& with, const dlq_options& options) {
  api::letter_filter which;
  which.settled_too = true;
  if (!parse_name(options.letters.front(), which))
    return with.complain(exit_usage, "name a letter as `laurel dlq list` does: PARTITION/OFFSET");
  int code = exit_ok;
  std::unique_ptr<api::gateway> engine;
  auto* const desk = desk_of(with, engine, code);
  if (desk == nullptr)
    return code;
  const auto page = desk->letters(which);
  if (!page)
    return with.complain(page.error());
  if (page->letters.empty())
    return with.complain(exit_no_input, "there is no letter " + options.letters.front());
  if (with.as_json)
    with.terminal().out << api::to_json(*page) << "\n";
  else
    print(page->letters.front(), with.terminal().out);
  return exit_ok;
}

bool narrows(const api::letter_filter& filter) {
  return filter.partition || filter.offset || !filter.class_name.empty() || !filter.code.empty()
         || !filter.topic.empty() || !filter.key.empty();
}

/// What one call is to settle: a filter, or each letter that was named.
std::optional<std::vector<api::letter_filter>> targets(const dlq_options& options) {
  if (options.letters.empty()) {
    if (!options.everything && !narrows(options.filter))
      return std::nullopt;
    return std::vector{options.filter};
  }
  std::vector<api::letter_filter> all;
  for (const auto& name : options.letters)
    if (auto one = options.filter; parse_name(name, one))
      all.push_back(one);
    else
      return std::nullopt;
  return all;
}

int settle(session& with, const dlq_options& options, api::settlement how) {
  const auto wanted = targets(options);
  if (!wanted)
    return with.complain(exit_usage, "which letters? PARTITION/OFFSET, a filter such as --class, "
                                     "or --everything");
  int code = exit_ok;
  std::unique_ptr<api::gateway> engine;
  auto* const desk = desk_of(with, engine, code);
  if (desk == nullptr)
    return code;
  std::uint64_t settled = 0;
  auto& out = with.terminal().out;
  for (const auto& which : *wanted) {
    const auto outcome = desk->settle_letters(which, how, options.dry_run);
    if (!outcome)
      return with.complain(outcome.error());
    settled += outcome->settled;
    for (const auto& left : outcome->left)
      out << name_of(left.partition, left.offset) << " stays: " << printable(left.why) << "\n";
  }
  const bool again = how == api::settlement::redrive;
  out << grouped(settled) << (settled == 1 ? " letter " : " letters ")
      << (options.dry_run ? (again ? "would be sent again" : "would be discarded")
                          : (again ? "sent again" : "discarded"))
      << (settled == 0 ? "; none of those is open" : "") << ".\n";
  return exit_ok;
}

void add_filters(CLI::App& command, const std::shared_ptr<dlq_options>& options) {
  command
    .add_option_function<std::int32_t>(
      "--partition", [options](std::int32_t value) { options->filter.partition = value; },
      "Letters of this partition")
    ->type_name("N");
  command.add_option("--class", options->filter.class_name,
                     "undecodable, wrong_partition, oversized, parked_overflow, ...");
  command.add_option("--code", options->filter.code, "Of what could not be decoded");
  command.add_option("--topic", options->filter.topic, "Where the record came from");
  command.add_option("--key", options->filter.key, "The record's key: a user id");
  command.add_option("--limit", options->filter.limit, "Letters at most");
}

void add_settlement(CLI::App& group, session& with, api::settlement how) {
  const bool again = how == api::settlement::redrive;
  auto options = std::make_shared<dlq_options>();
  options->filter.limit = settle_limit;
  auto* command = group.add_subcommand(again ? "redrive" : "discard",
                                       again ? "Send records to their topics once more"
                                             : "Take note that nothing is to be done");
  command->add_option("LETTER", options->letters, "PARTITION/OFFSET of a letter");
  add_filters(*command, options);
  command->add_flag("--everything", options->everything, "All letters that are open");
  command->add_flag("--dry-run", options->dry_run, "Tell what would be done, and do nothing");
  with.add_target(*command);
  command->footer(again ? "Example:\n  laurel dlq redrive --class wrong_partition --dry-run "
                          "--embedded /var/lib/laurel"
                        : "Example:\n  laurel dlq discard 3/17 --embedded /var/lib/laurel");
  command->callback([&with, options, how] {
    with.action = [&with, options, how] { return settle(with, *options, how); };
  });
}

} // namespace

void add_dlq(CLI::App& root, session& with) {
  auto* group = root.add_subcommand("dlq", "Dead letters: records that could not be processed");
  group->require_subcommand(1);

  auto options = std::make_shared<dlq_options>();
  auto* listing = group->add_subcommand("list", "Open dead letters, and why");
  add_filters(*listing, options);
  listing->add_flag("--all", options->filter.settled_too, "Also those that were settled");
  with.add_target(*listing);
  with.add_json(*listing);
  listing->footer("Example:\n  laurel dlq list --class undecodable --embedded /var/lib/laurel");
  listing->callback(
    [&with, options] { with.action = [&with, options] { return list(with, *options); }; });

  auto shown = std::make_shared<dlq_options>();
  auto* showing = group->add_subcommand("show", "One letter, with the record's bytes");
  showing->add_option("LETTER", shown->letters, "PARTITION/OFFSET")->required()->expected(1);
  with.add_target(*showing);
  with.add_json(*showing);
  showing->footer("Example:\n  laurel dlq show 3/17 --embedded /var/lib/laurel");
  showing->callback(
    [&with, shown] { with.action = [&with, shown] { return show(with, *shown); }; });

  add_settlement(*group, with, api::settlement::redrive);
  add_settlement(*group, with, api::settlement::discard);
}

} // namespace laurel::topology::cli
