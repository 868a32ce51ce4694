#pragma once

#include "schemas/base/result.hpp"
#include "topology/settings.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace laurel::topology {

/// One setting: its names in every source, and how it reads and prints. File keys, environment
/// variables, flags, `--print-config` and settings.md all come from the table of these.
struct setting {
  std::string key;  // In the file: "commit.min_interval".
  std::string env;  // "BADGE_COMMIT_MIN_INTERVAL".
  std::string flag; // "--commit-min-interval"; empty for a secret.
  std::string type; // For people: "duration", "size", "text".
  std::string help; // One sentence.
  bool is_secret = false;

  /// Reads a value; the failure says what is allowed.
  std::function<schemas::result<void>(settings&, std::string_view)> assign;
  /// Writes it in the form that `assign` reads.
  std::function<std::string(const settings&)> text;
};

/// All settings, grouped by section. Built once.
const std::vector<setting>& setting_table();

/// What holds where no source says anything.
settings default_settings();

/// The row named `key`; null if there is none.
const setting* find_setting(std::string_view key);

/// The table as a Markdown page: what settings.md must be.
std::string settings_page();

} // namespace laurel::topology
