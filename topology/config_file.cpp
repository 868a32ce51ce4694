#include "topology/config_file.hpp"

#include <optional>

#define TOML_EXCEPTIONS 0
#include <toml++/toml.h>

#include <fstream>
#include <sstream>

namespace laurel::topology {

namespace {

std::string place(const std::filesystem::path& file, std::size_t line) {
  return file.string() + ":" + std::to_string(line);
}

/// The text of a scalar; nothing for what no setting can be.
std::optional<std::string> scalar_text(const toml::node& node) {
  if (const auto* text = node.as_string())
    return text->get();
  if (const auto* number = node.as_integer())
    return std::to_string(number->get());
  if (const auto* flag = node.as_boolean())
    return flag->get() ? "true" : "false";
  return std::nullopt;
}

std::optional<std::string> list_of(const toml::array& array) {
  std::string text;
  for (const auto& element : array) {
    const auto* part = element.as_string();
    if (part == nullptr)
      return std::nullopt;
    text += (text.empty() ? "" : ",") + part->get();
  }
  return text;
}

void flatten(const toml::table& table, const std::string& prefix, const std::filesystem::path& file,
             file_contents& into) {
  for (const auto& [name, node] : table) {
    const auto key = prefix + std::string(name.str());
    const auto line = static_cast<std::size_t>(node.source().begin.line);
    if (const auto* inner = node.as_table()) {
      flatten(*inner, key + ".", file, into);
      continue;
    }
    const auto* array = node.as_array();
    if (auto value = array != nullptr ? list_of(*array) : scalar_text(node))
      into.entries.push_back({key, std::move(*value), line});
    else
      into.faults.push_back(place(file, line) + ": " + key
                            + " must be a string, a whole number, a boolean or a list of strings");
  }
}

} // namespace

file_contents read_config_file(const std::filesystem::path& file) {
  file_contents contents;
  std::ifstream in(file);
  std::stringstream text;
  text << in.rdbuf();
  if (!in || std::filesystem::is_directory(file)) {
    contents.faults.push_back(file.string() + ": cannot be read");
    return contents;
  }
  const auto parsed = toml::parse(text.str());
  if (!parsed) {
    const auto& fault = parsed.error();
    contents.faults.push_back(place(file, fault.source().begin.line) + ": "
                              + std::string(fault.description()));
    return contents;
  }
  flatten(parsed.table(), "", file, contents);
  return contents;
}

} // namespace laurel::topology
