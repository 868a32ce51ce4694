#include "api/catalogue_desk.hpp"
#include "state/catalogue.hpp"
#include "topology/cli/session.hpp"
#include "topology/cli/with_desk.hpp"

#include <CLI/CLI.hpp>

#include <fstream>
#include <iterator>
#include <memory>

namespace laurel::topology::cli {

namespace {

/// The text of a file, or of standard input for "-"; nothing after a complaint.
std::optional<std::string> read_file(session& with, const std::string& file, int& code) {
  if (file == "-")
    return std::string{std::istreambuf_iterator<char>(with.terminal().in), {}};
  std::ifstream in(file, std::ios::binary);
  if (in)
    return std::string{std::istreambuf_iterator<char>(in), {}};
  code = with.complain(exit_no_input, file + " cannot be read");
  return std::nullopt;
}

void print_faults(session& with, const std::string& file,
                  const std::vector<state::rules::rule_fault>& faults) {
  for (const auto& fault : faults)
    with.complain(exit_data, file + ": " + (fault.path.empty() ? "" : printable(fault.path) + ": ")
                               + printable(fault.message));
}

int check(session& with, const std::string& file) {
  int code = exit_ok;
  const auto text = read_file(with, file, code);
  if (!text)
    return code;
  const auto read = state::read_catalogue(*text);
  print_faults(with, file, read.faults);
  if (!read.faults.empty())
    return exit_data;
  with.terminal().out << file << ": " << read.entries.size()
                      << (read.entries.size() == 1 ? " entry is" : " entries are") << " good.\n";
  return exit_ok;
}

template <class Use>
int with_catalogue(session& with, Use use) {
  return with_desk(with, &api::gateway::catalogue, "there is no catalogue here", use);
}

int publish(session& with, const std::string& file) {
  int code = exit_ok;
  const auto text = read_file(with, file, code);
  if (!text)
    return code;
  return with_catalogue(with, [&](api::catalogue_desk& desk) -> int {
    const auto change = desk.publish(*text);
    if (!change)
      return with.complain(change.error());
    print_faults(with, file, change->faults);
    if (!change->faults.empty())
      return with.complain(exit_data, "nothing was published");
    with.terminal().out << "published " << change->written << ", unchanged " << change->unchanged
                        << "\n";
    return exit_ok;
  });
}

int list(session& with) {
  return with_catalogue(with, [&](api::catalogue_desk& desk) -> int {
    const auto all = desk.entries();
    if (!all)
      return with.complain(all.error());
    auto& out = with.terminal().out;
    if (with.as_json)
      return out << api::shown(*all) << "\n", exit_ok;
    if (all->empty())
      return out << "Nothing yet; publish some: laurel catalogue publish FILE\n", exit_ok;
    text_table table({"kind", "id", ""});
    for (const auto& entry : *all)
      table.add({std::string(state::name_of(entry.kind)), printable(entry.id),
                 entry.is_hidden ? "hidden" : ""});
    table.print(out, with.terminal().out_is_terminal && with.terminal().may_colour);
    return exit_ok;
  });
}

} // namespace

void add_catalogue(CLI::App& root, session& with) {
  auto* group =
    root.add_subcommand("catalogue", "Names, texts and images of badges, series and categories");
  group->require_subcommand(1);
  const auto add = [&](const char* name, const char* help, int (*act)(session&, const std::string&),
                       const char* example) {
    auto file = std::make_shared<std::string>();
    auto* command = group->add_subcommand(name, help);
    command->add_option("FILE", *file)->required();
    command->callback(
      [&with, file, act] { with.action = [&with, file, act] { return act(with, *file); }; });
    command->footer(example);
    return command;
  };
  add("check", "Name every fault of a catalogue file", check,
      "FILE is {\"badges\": [..], \"series\": [..], \"categories\": [..]}; \"-\" is standard "
      "input.\nExample:\n  laurel catalogue check badges.json");
  auto* publication = add(
    "publish", "Check a catalogue file and publish its entries", publish,
    "What is there already stays; nothing changes unless all of the file is good. An entry\n"
    "that is over has the state \"retired\".\nExample:\n  laurel catalogue publish badges.json");
  auto* listing = group->add_subcommand("list", "All entries");
  listing->callback([&with] { with.action = [&with] { return list(with); }; });
  listing->footer("Example:\n  laurel catalogue list --json");
  with.add_target(*publication);
  with.add_target(*listing);
  with.add_json(*listing);
}

} // namespace laurel::topology::cli
