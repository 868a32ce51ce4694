#include "topology/cli/rule_input.hpp"

#include "topology/cli/session.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>

namespace laurel::topology::cli {

std::optional<std::vector<rule_document>> read_rule_file(session& with, const std::string& file,
                                                         int& code) {
  std::ifstream from_disk(file);
  auto& in = file == "-" ? with.terminal().in : from_disk;
  std::string text{std::istreambuf_iterator<char>(in), {}};
  if (file != "-" && !from_disk.is_open())
    return code = with.complain(exit_no_input, file + " cannot be read"), std::nullopt;
  auto documents = read_rules(text);
  if (!documents)
    return code = with.complain(exit_data, file + ": " + documents.error().message), std::nullopt;
  return std::move(*documents);
}

void print_faults(session& with, const std::string& file, const rule_document& document,
                  const std::vector<state::rules::rule_fault>& faults) {
  for (const auto& fault : faults)
    with.complain(exit_data, file + ":" + std::to_string(document.line_of(fault.path)) + ": "
                               + (fault.path.empty() ? "" : fault.path + ": ") + fault.message);
}

bool check_all(session& with, const std::string& file,
               const std::vector<rule_document>& documents) {
  bool is_good = true;
  std::vector<std::string> ids;
  std::vector<std::shared_ptr<const state::rules::compiled_rule>> rules;
  for (const auto& document : documents) {
    const auto outcome = state::rules::compile_rule(document.text);
    print_faults(with, file, document, outcome.faults);
    is_good = is_good && outcome.faults.empty();
    if (outcome.rule == nullptr)
      continue;
    const auto& id = id_of(*outcome.rule);
    if (std::ranges::find(ids, id) != ids.end()) {
      print_faults(with, file, document, {{"/id", "the file has another rule \"" + id + "\""}});
      is_good = false;
    } else {
      rules.push_back(outcome.rule);
    }
    ids.push_back(id);
  }
  for (const auto& fault : conflicts(rules)) { // Of several rules, so of no line.
    with.complain(exit_data, file + ": " + fault.path + ": " + fault.message);
    is_good = false;
  }
  return is_good;
}

} // namespace laurel::topology::cli
