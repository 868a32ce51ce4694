#include "state/rules/document_layout.hpp"

#include <nlohmann/json.hpp>

namespace laurel::state::rules {

namespace {

using json = nlohmann::ordered_json;

constexpr std::size_t columns_max = 100;
constexpr std::size_t indent_step = 2;

/// The name in front of a member; nothing in front of an element.
std::string prefix_of(const json& container, const std::string& name) {
  return container.is_object() ? json(name).dump() + ": " : std::string();
}

std::string on_one_line(const json& value) {
  if (!value.is_structured())
    return value.dump();
  std::string text;
  for (const auto& [name, part] : value.items())
    text += (text.empty() ? "" : ", ") + prefix_of(value, name) + on_one_line(part);
  return value.is_object() ? "{" + text + "}" : "[" + text + "]";
}

/// `column` is where the value begins, `indent` where the line does.
std::string laid_out(const json& value, std::size_t column, std::size_t indent) {
  auto line = on_one_line(value);
  constexpr std::size_t room_for_comma = 1;
  if (!value.is_structured() || column + line.size() + room_for_comma <= columns_max)
    return line;
  const auto inner = indent + indent_step;
  std::string text;
  for (const auto& [name, part] : value.items()) {
    const auto prefix = prefix_of(value, name);
    text += (text.empty() ? "\n" : ",\n") + std::string(inner, ' ') + prefix
            + laid_out(part, inner + prefix.size(), inner);
  }
  text += "\n" + std::string(indent, ' ');
  return value.is_object() ? "{" + text + "}" : "[" + text + "]";
}

} // namespace

std::string laid_out(const json& document) {
  return laid_out(document, 0, 0);
}

} // namespace laurel::state::rules
