#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace laurel::topology {

/// One value of a settings file, not yet judged.
struct file_entry {
  std::string key; // Dotted through its tables.
  std::string value;
  std::size_t line = 0;
};

struct file_contents {
  std::vector<file_entry> entries;
  std::vector<std::string> faults; // With file and line.
};

/// Reads a TOML file flat. Strings, integers, booleans and arrays of strings (joined with commas)
/// are values; anything else is a fault. The one place that knows the TOML library.
file_contents read_config_file(const std::filesystem::path& file);

} // namespace laurel::topology
