#include "schemas/event_codec.hpp"

namespace laurel::schemas {

std::string_view decode_error::code() const {
  switch (fault) {
  case event_fault::oversized:
    return "oversized";
  case event_fault::empty:
    return "empty";
  case event_fault::bad_utf8:
    return "bad_utf8";
  case event_fault::bad_json:
    return "bad_json";
  case event_fault::too_deep:
    return "too_deep";
  case event_fault::duplicate_key:
    return "duplicate_key";
  case event_fault::number_out_of_range:
    return "number_out_of_range";
  case event_fault::not_an_object:
    return "not_an_object";
  case event_fault::missing_field:
    return "missing_field";
  case event_fault::wrong_type:
    return "wrong_type";
  case event_fault::empty_id:
    return "empty_id";
  case event_fault::long_id:
    return "long_id";
  case event_fault::bad_time:
    return "bad_time";
  case event_fault::bad_zone:
    return "bad_zone";
  case event_fault::bad_amount:
    return "bad_amount";
  case event_fault::unknown_field:
    return "unknown_field";
  case event_fault::bad_retraction:
    return "bad_retraction";
  case event_fault::bad_envelope:
    return "bad_envelope";
  case event_fault::wrong_topic:
    return "wrong_topic";
  case event_fault::key_mismatch:
    return "key_mismatch";
  case event_fault::wrong_partition:
    return "wrong_partition";
  }
  return "undecodable";
}

std::string_view decode_error::class_name() const {
  switch (fault) {
  case event_fault::oversized:
  case event_fault::wrong_topic:
  case event_fault::key_mismatch:
  case event_fault::wrong_partition:
    return code();
  default:
    return "undecodable";
  }
}

std::string_view name_of(input from) {
  constexpr std::array<std::string_view, input_count> names{"engagement", "transaction", "command"};
  return names[static_cast<std::size_t>(from)];
}

} // namespace laurel::schemas
