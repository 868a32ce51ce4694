#pragma once

#include "state/rules/rule_book.hpp"
#include "topology/cli/rule_file.hpp"

#include <optional>
#include <string>
#include <vector>

namespace laurel::topology::cli {

class session;

/// The rules of `file` ("-": standard input), or nothing after a complaint and with `code` set.
std::optional<std::vector<rule_document>> read_rule_file(session& with, const std::string& file,
                                                         int& code);

/// Complains of each fault with its line in the file.
void print_faults(session& with, const std::string& file, const rule_document& document,
                  const std::vector<state::rules::rule_fault>& faults);

/// Compiles all; prints every fault of every rule. Returns whether there was none.
bool check_all(session& with, const std::string& file, const std::vector<rule_document>& documents);

} // namespace laurel::topology::cli
