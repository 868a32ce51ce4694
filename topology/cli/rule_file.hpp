#pragma once

#include "schemas/base/result.hpp"

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace laurel::topology::cli {

/// One rule document of a file, cut out byte for byte, and where its parts are.
struct rule_document {
  std::string text;
  std::size_t line = 1;                     // Where it begins.
  std::map<std::string, std::size_t> lines; // JSON pointer -> line in the file.

  /// The line of `pointer`, or of the closest part above it that the document has.
  std::size_t line_of(std::string_view pointer) const;
};

/// Cuts a file into its rules. It holds one rule, an array of rules, or one rule a line. Fails with
/// `bad_input`, naming the line, on what is not JSON.
[[nodiscard]] schemas::result<std::vector<rule_document>> read_rules(std::string_view file);

} // namespace laurel::topology::cli
