#include "schemas/event_reader.hpp"

#include "schemas/base/text.hpp"
#include "schemas/json_diagnosis.hpp"

#include <cstdint>
#include <utility>

namespace laurel::schemas {

namespace dom = simdjson::dom;

namespace {

constexpr auto cloud_only_fields =
  known_set::of(known::specversion, known::id, known::source, known::subject, known::time,
                known::data, known::datacontenttype, known::dataschema, known::data_base64);
constexpr auto native_only_fields =
  known_set::of(known::event_id, known::user_id, known::occurred_at, known::zone, known::retracts,
                known::amount, known::attributes);
constexpr auto body_fields =
  known_set::of(known::zone, known::retracts, known::amount, known::attributes);

std::string_view type_name(dom::element json) {
  switch (json.type()) {
  case dom::element_type::ARRAY:
    return "an array";
  case dom::element_type::OBJECT:
    return "an object";
  case dom::element_type::STRING:
    return "a string";
  case dom::element_type::BOOL:
    return "a boolean";
  case dom::element_type::NULL_VALUE:
    return "null";
  default:
    return "a number";
  }
}

std::string pointer_of(std::string_view parent, known field) {
  return std::string(parent) + pointer_part(name_of(field));
}

} // namespace

// -- saying no ---------------------------------------------------------------------

bool event_reader::refuse(event_fault fault, std::string field, const std::string& sentence) {
  constexpr std::size_t pointer_bytes_max = 200;
  why_ = {fault, std::move(field), std::nullopt, {}};
  if (!why_.field.empty())
    why_.byte = byte_of(bytes_, why_.field);
  why_.message = why_.field.empty() ? "the event" : quoted(why_.field, pointer_bytes_max);
  if (why_.byte)
    why_.message += " (byte " + std::to_string(*why_.byte) + ")";
  why_.message += ": " + sentence;
  return false;
}

bool event_reader::malformed(const std::string& otherwise) {
  const auto found = diagnose(bytes_, limits_.depth_max);
  if (!found)
    return refuse(event_fault::bad_json, "", otherwise);
  why_ = {found->fault, found->pointer, found->byte, {}};
  why_.message = (found->pointer.empty() ? "the event" : quoted(found->pointer)) + " (byte "
                 + std::to_string(found->byte) + "): " + found->what;
  return false;
}

bool event_reader::wrong_type(std::string field, dom::element json, std::string_view wanted) {
  std::string sentence = "must be ";
  sentence += wanted;
  sentence += ", not ";
  sentence += type_name(json);
  return refuse(event_fault::wrong_type, std::move(field), sentence);
}

std::string event_reader::user_pointer() const {
  return pointer_of("", top_.has(known::specversion) ? known::subject : known::user_id);
}

// -- the two formats ----------------------------------------------------------------

bool event_reader::read(dom::element root, const projection& keep,
                        std::pmr::memory_resource& arena) {
  event_ = {};
  top_.present = {};
  attributes_.begin(keep, arena);
  if (!root.is_object())
    return refuse(event_fault::not_an_object, "", "must be a JSON object");
  if (!read_top(root.get_object().value_unsafe()))
    return false;
  if (!(top_.has(known::specversion) ? read_cloud_event() : read_native()))
    return false;
  if (const auto name = attributes_.duplicate())
    return refuse_attribute(*name, {});
  event_.fields = attributes_.fields();
  return true;
}

bool event_reader::read_top(dom::object object) {
  for (const dom::key_value_pair each : object) {
    const known field = known_field(each.key);
    if (field == known::none) {
      if (!read_attribute(each.key, each.value, {}))
        return false;
    } else if (top_.has(field)) {
      return malformed("a field occurs twice");
    } else {
      top_.add(field, each.value);
    }
  }
  return true;
}

bool event_reader::read_native() {
  for (known_set left = top_.present.common(cloud_only_fields); !left.empty();) {
    const known field = left.take_first();
    if (!read_attribute(name_of(field), top_[field], {}))
      return false;
  }
  return read_id(top_, known::event_id, {}, event_.id)
         && read_id(top_, known::user_id, {}, event_.user_id)
         && read_id(top_, known::type, {}, event_.type) && read_time(known::occurred_at)
         && read_body(top_, {});
}

bool event_reader::read_cloud_event() {
  if (!read_envelope())
    return false;
  if (!read_id(top_, known::id, {}, event_.id) || !read_id(top_, known::subject, {}, event_.user_id)
      || !read_id(top_, known::type, {}, event_.type) || !read_time(known::time))
    return false;
  if (!top_.has_value(known::data))
    return true;
  const dom::element data = top_[known::data];
  if (!data.is_object())
    return wrong_type("/data", data, "an object");
  return read_data(data.get_object().value_unsafe());
}

/// What a CloudEvent has around the event proper.
bool event_reader::read_envelope() {
  std::string_view text;
  if (!read_string(top_, known::specversion, {}, text))
    return false;
  if (text != "1.0")
    return refuse(event_fault::bad_envelope, "/specversion",
                  quoted(text) + " is no version of CloudEvents known here; it must be '1.0'");
  if (top_.has(known::data_base64))
    return refuse(event_fault::bad_envelope, "/data_base64",
                  "binary data is not accepted; send an object in 'data'");
  if (!read_string(top_, known::source, {}, text))
    return false;
  if (text.empty())
    return refuse(event_fault::bad_envelope, "/source", "must not be empty");
  if (top_.has_value(known::dataschema) && !read_string(top_, known::dataschema, {}, text))
    return false;
  if (top_.has_value(known::datacontenttype)) {
    if (!read_string(top_, known::datacontenttype, {}, text))
      return false;
    if (!is_json_media_type(text))
      return refuse(event_fault::bad_envelope, "/datacontenttype",
                    quoted(text) + " is not JSON; it must be such as 'application/json'");
  }
  known_set misplaced = top_.present.common(native_only_fields);
  if (misplaced.empty())
    return true;
  const known field = misplaced.take_first();
  return refuse(event_fault::bad_envelope, pointer_of("", field),
                body_fields.has(field) ? "belongs into 'data' of a CloudEvents document"
                                       : "has another name in a CloudEvents document");
}

bool event_reader::read_data(dom::object object) {
  constexpr place data{"/data", 2, true};
  fields_found inner;
  for (const dom::key_value_pair each : object) {
    const known field = known_field(each.key);
    if (field == known::none || !body_fields.has(field)) {
      if (!read_attribute(each.key, each.value, data))
        return false;
    } else if (inner.has(field)) {
      return malformed("a field occurs twice");
    } else {
      inner.add(field, each.value);
    }
  }
  return read_body(inner, data);
}

// -- fields --------------------------------------------------------------------------

/// What stands at the top of a native event and in the data of a CloudEvent.
bool event_reader::read_body(const fields_found& from, place where) {
  if (from.has_value(known::zone) && !read_zone(from, where))
    return false;
  if (from.has_value(known::retracts)) {
    if (!read_id(from, known::retracts, where, event_.retracts))
      return false;
    if (event_.retracts == event_.id)
      return refuse(event_fault::bad_retraction, pointer_of(where.pointer, known::retracts),
                    "must not name the event itself");
  }
  if (from.has_value(known::amount) && !read_amount(from[known::amount], where))
    return false;
  return !from.has_value(known::attributes) || read_attributes(from[known::attributes], where);
}

bool event_reader::read_attributes(dom::element json, place where) {
  const std::string_view pointer = where.is_data ? "/data/attributes" : "/attributes";
  if (!json.is_object())
    return wrong_type(std::string(pointer), json, "an object");
  const dom::object object = json.get_object().value_unsafe();
  for (const dom::key_value_pair each : object)
    if (!read_attribute(each.key, each.value, {pointer, where.depth + 1, where.is_data}))
      return false;
  return true;
}

bool event_reader::read_attribute(std::string_view name, dom::element json, place where) {
  return attributes_.read(name, json, where.depth + 1) || refuse_attribute(name, where);
}

bool event_reader::refuse_attribute(std::string_view name, place where) {
  if (diagnose(bytes_, limits_.depth_max))
    return malformed({});
  // Every object by itself is in order, so this name stands in two of them.
  return refuse(event_fault::duplicate_key, std::string(where.pointer) + pointer_part(name),
                "the attribute is there already, elsewhere in the event");
}

bool event_reader::read_string(const fields_found& from, known field, place where,
                               std::string_view& text) {
  if (!from.has(field))
    return refuse(event_fault::missing_field, pointer_of(where.pointer, field), "is required");
  if (!from[field].is_string())
    return wrong_type(pointer_of(where.pointer, field), from[field], "a string");
  text = from[field].get_string().value_unsafe();
  return true;
}

bool event_reader::read_id(const fields_found& from, known field, place where,
                           std::string_view& id) {
  if (!read_string(from, field, where, id))
    return false;
  if (id.empty())
    return refuse(event_fault::empty_id, pointer_of(where.pointer, field), "must not be empty");
  if (id.size() > limits_.id_bytes_max)
    return refuse(event_fault::long_id, pointer_of(where.pointer, field),
                  "has " + std::to_string(id.size()) + " bytes, of "
                    + std::to_string(limits_.id_bytes_max) + " at most");
  return true;
}

bool event_reader::read_time(known field) {
  if (!top_.has(field))
    return refuse(event_fault::missing_field, pointer_of("", field), "is required");
  const dom::element json = top_[field];
  if (json.is_string()) {
    const auto at = parse_rfc3339(json.get_string().value_unsafe());
    if (!at)
      return refuse(event_fault::bad_time, pointer_of("", field), at.error().message);
    event_.at = *at;
    return true;
  }
  std::int64_t ms = 0;
  if (json.is_number() && json.get_int64().get(ms) == simdjson::SUCCESS) {
    event_.at = {ms};
    if (event_.at >= event_time_min && event_.at <= event_time_max)
      return true;
    return refuse(event_fault::bad_time, pointer_of("", field),
                  std::to_string(ms)
                    + " milliseconds lie outside the years 0001 to 9999; is the unit right?");
  }
  return json.is_number() ? refuse(event_fault::bad_time, pointer_of("", field),
                                   "must be a whole number of milliseconds in the years 0001 "
                                   "to 9999")
                          : wrong_type(pointer_of("", field), json,
                                       "an RFC 3339 string or an integer of milliseconds");
}

bool event_reader::read_zone(const fields_found& from, place where) {
  if (!read_string(from, known::zone, where, event_.zone))
    return false;
  if (is_plausible_zone(event_.zone))
    return true;
  return refuse(event_fault::bad_zone, pointer_of(where.pointer, known::zone),
                quoted(event_.zone) + " is no IANA time zone name, such as 'Asia/Shanghai'");
}

bool event_reader::read_amount(dom::element json, place where) {
  const std::string_view pointer = where.is_data ? "/data/amount" : "/amount";
  if (!json.is_object())
    return wrong_type(std::string(pointer), json, "an object of 'value' and 'currency'");
  dom::element text;
  dom::element code;
  bool has_text = false;
  bool has_code = false;
  const dom::object object = json.get_object().value_unsafe();
  for (const dom::key_value_pair each : object) {
    const bool is_text = each.key == "value";
    if (!is_text && each.key != "currency")
      return refuse(event_fault::unknown_field, std::string(pointer) + pointer_part(each.key),
                    "an amount has nothing but 'value' and 'currency'");
    if (std::exchange(is_text ? has_text : has_code, true))
      return malformed("a field of the amount occurs twice");
    (is_text ? text : code) = each.value;
  }
  if (!has_text || !has_code)
    return refuse(event_fault::missing_field,
                  std::string(pointer) + (has_text ? "/currency" : "/value"), "is required");
  return read_money(text, code, pointer);
}

bool event_reader::read_money(dom::element json, dom::element code, std::string_view pointer) {
  if (!json.is_string())
    return wrong_type(std::string(pointer) + "/value", json,
                      "a string, since a JSON number is not exact");
  if (!code.is_string())
    return wrong_type(std::string(pointer) + "/currency", code, "a string");
  const std::string_view unit = code.get_string().value_unsafe();
  const auto known_unit = minor_exponent(unit);
  if (!known_unit)
    return refuse(event_fault::bad_amount, std::string(pointer) + "/currency",
                  known_unit.error().message);
  const auto amount = parse_money(json.get_string().value_unsafe(), unit);
  if (!amount)
    return refuse(event_fault::bad_amount, std::string(pointer) + "/value", amount.error().message);
  event_.amount = *amount;
  return true;
}

} // namespace laurel::schemas
