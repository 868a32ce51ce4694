#pragma once

#include "topology/cli/application.hpp"
#include "topology/cli/console.hpp"

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace laurel::topology::cli {

/// The world a command line is read in.
struct invocation {
  std::vector<std::string> arguments; // Without the program's name.
  std::vector<std::pair<std::string, std::string>> environment;
  std::string host_name;
  std::filesystem::path working_directory;
};

/// Reads the command line and carries it out; returns the exit code. What main() does.
int run(const invocation& from, console& terminal, application& app);

} // namespace laurel::topology::cli
