#include "state/storage/rocks_budget.hpp"
#include "state/storage/rocks_store.hpp"
#include "topology/cli/session.hpp"

#include <CLI/CLI.hpp>

#include <filesystem>
#include <fmt/format.h>
#include <iterator>
#include <memory>

namespace laurel::topology::cli {

namespace {

std::string hex(std::string_view bytes) {
  std::string text;
  text.reserve(bytes.size() * 2);
  for (const char byte : bytes)
    fmt::format_to(std::back_inserter(text), "{:02x}", static_cast<unsigned char>(byte));
  return text;
}

int dump(session& with, const std::filesystem::path& directory) {
  if (!std::filesystem::exists(directory / "CURRENT")) // Opening would make an empty store.
    return with.complain(exit_no_input, directory.string() + " holds no store of a task");
  const auto store =
    state::rocks_store::open(directory, std::make_shared<const state::rocks_budget>());
  if (!store)
    return with.complain(store.error());
  auto& out = with.terminal().out;
  const auto read = (*store)->for_each([&out](std::string_view key, std::string_view value) {
    out << R"({"key":")" << hex(key) << R"(","value":")" << hex(value) << "\"}\n";
  });
  return read ? int{exit_ok} : with.complain(read.error());
}

} // namespace

void add_store(CLI::App& root, session& with) {
  auto* command = root.add_subcommand("store", "Look into the store of a task that does not run");
  command->require_subcommand(1);
  auto* dumping = command->add_subcommand("dump", "Print every row: keys and values in hex");
  auto directory = std::make_shared<std::string>();
  dumping->add_option("directory", *directory, "DIR/state/PARTITION")->required();
  dumping->footer("Example:\n  laurel store dump /var/lib/laurel/state/0");
  dumping->callback(
    [&with, directory] { with.action = [&with, directory] { return dump(with, *directory); }; });
}

} // namespace laurel::topology::cli
