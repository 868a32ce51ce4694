#include "schemas/event_fields.hpp"

#include <array>

namespace laurel::schemas {

namespace {

constexpr std::array<std::string_view, known_count> names{
  "event_id",        "user_id",     "type",       "occurred_at", "zone",    "retracts", "amount",
  "attributes",      "specversion", "id",         "source",      "subject", "time",     "data",
  "datacontenttype", "dataschema",  "data_base64"};

constexpr std::size_t zone_bytes_max = 64;
constexpr std::size_t zone_parts_max = 3;

bool is_letter(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

bool is_zone_character(char c) {
  return is_letter(c) || (c >= '0' && c <= '9') || c == '_' || c == '+' || c == '-' || c == '/';
}

} // namespace

std::string_view name_of(known field) {
  return names[static_cast<std::size_t>(field)];
}

known known_field(std::string_view name) {
  const auto pick = [name](auto... candidates) {
    known found = known::none;
    static_cast<void>(((name == name_of(candidates) && (found = candidates, true)) || ...));
    return found;
  };
  switch (name.size()) { // Tells nearly all of them apart.
  case 2:
    return pick(known::id);
  case 4:
    return pick(known::type, known::zone, known::time, known::data);
  case 6:
    return pick(known::amount, known::source);
  case 7:
    return pick(known::user_id, known::subject);
  case 8:
    return pick(known::event_id, known::retracts);
  case 10:
    return pick(known::attributes, known::dataschema);
  case 11:
    return pick(known::occurred_at, known::specversion, known::data_base64);
  case 15:
    return pick(known::datacontenttype);
  default:
    return known::none;
  }
}

bool is_plausible_zone(std::string_view text) {
  if (text.size() > zone_bytes_max)
    return false;
  std::size_t parts = 0;
  bool at_begin = true;
  for (const char c : text) {
    if (at_begin ? !is_letter(c) : !is_zone_character(c))
      return false;
    parts += at_begin ? 1 : 0;
    at_begin = c == '/';
  }
  return !at_begin && parts <= zone_parts_max;
}

bool is_json_media_type(std::string_view text) {
  const std::string_view essence = text.substr(0, text.find_first_of("; "));
  return essence.ends_with("/json") || essence.ends_with("+json");
}

bool is_transaction_type(std::string_view event_type) {
  return event_type == "purchase" || event_type == "refund";
}

} // namespace laurel::schemas
