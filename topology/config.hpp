#pragma once

#include "topology/settings.hpp"

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace laurel::topology {

/// Where settings come from, besides the defaults; later ones win: file, environment, flags.
struct config_sources {
  std::optional<std::filesystem::path> file; // Must exist. Absent: BADGE_CONFIG, else none.
  std::vector<std::pair<std::string, std::string>> environment; // All of it; BADGE_* is looked at.
  std::vector<std::pair<std::string, std::string>> flags;       // Key of the table, value.
  std::string host_name;
  std::filesystem::path working_directory;
};

/// What was read. With faults, the values are not to be used.
struct config_outcome {
  settings values;
  std::vector<std::string> faults;   // All of them; each names its file and line, or its source.
  std::vector<std::string> warnings; // To log at start.
  std::map<std::string, std::string> origins; // Key -> "laurel.toml:12"; absent for defaults.
};

/// Reads and checks everything; pure but for the files that are named.
config_outcome load_config(const config_sources& from);

/// The effective settings as TOML that `load_config` reads back, secrets masked.
std::string print_config(const config_outcome& loaded);

} // namespace laurel::topology
