#include "schemas/json_items.hpp"

#include <simdjson.h>

namespace laurel::schemas {

namespace {

namespace ondemand = simdjson::ondemand;

tl::unexpected<error> not_json(const char* why) {
  return failure(errc::bad_input, std::string("the body is not JSON: ") + why);
}

/// The element as it stands, without the blanks around it.
std::string text_of(std::string_view raw) {
  constexpr std::string_view blanks = " \t\r\n";
  const auto first = raw.find_first_not_of(blanks);
  return first == raw.npos
           ? std::string{}
           : std::string(raw.substr(first, raw.find_last_not_of(blanks) + 1 - first));
}

simdjson::error_code read_item(ondemand::value item, std::string& into) {
  std::string_view raw;
  ondemand::json_type type{};
  if (const auto fault = item.type().get(type))
    return fault;
  simdjson::error_code fault = simdjson::SUCCESS;
  if (ondemand::object object; type == ondemand::json_type::object) {
    if (fault = item.get_object().get(object); fault == simdjson::SUCCESS)
      fault = object.raw_json().get(raw);
  } else if (ondemand::array array; type == ondemand::json_type::array) {
    if (fault = item.get_array().get(array); fault == simdjson::SUCCESS)
      fault = array.raw_json().get(raw);
  } else {
    raw = item.raw_json_token();
  }
  into = text_of(raw);
  return fault;
}

} // namespace

result<std::vector<std::string>> json_items(std::string_view text, std::size_t items_max) {
  const simdjson::padded_string padded(text);
  ondemand::parser parser;
  ondemand::document document;
  if (const auto fault = parser.iterate(padded).get(document))
    return not_json(simdjson::error_message(fault));
  ondemand::json_type type{};
  if (const auto fault = document.type().get(type))
    return not_json(simdjson::error_message(fault));
  if (type == ondemand::json_type::object)
    return std::vector{text_of(text)}; // Its decoder looks at all of it.
  ondemand::array array;
  if (type != ondemand::json_type::array || document.get_array().get(array) != simdjson::SUCCESS)
    return failure(errc::bad_input, "the body must be an object or an array of objects");
  std::vector<std::string> items;
  for (auto each : array) {
    ondemand::value item;
    auto fault = each.get(item);
    if (items.size() == items_max)
      return failure(errc::bad_input, "more than " + std::to_string(items_max) + " elements");
    if (fault == simdjson::SUCCESS)
      fault = read_item(item, items.emplace_back());
    if (fault != simdjson::SUCCESS)
      return not_json(simdjson::error_message(fault));
  }
  if (document.current_location().error() != simdjson::OUT_OF_BOUNDS)
    return not_json("something follows the array");
  return items;
}

} // namespace laurel::schemas
