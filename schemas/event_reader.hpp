#pragma once

#include "schemas/attribute_reader.hpp"
#include "schemas/event_codec.hpp"
#include "schemas/event_fields.hpp"

#include <simdjson.h>

#include <array>
#include <cstddef>
#include <memory_resource>
#include <string>
#include <string_view>

namespace laurel::schemas {

/// The known fields of one object of a document.
struct fields_found {
  known_set present;
  std::array<simdjson::dom::element, known_count> values;

  bool has(known field) const { return present.has(field); }
  simdjson::dom::element operator[](known field) const {
    return values[static_cast<std::size_t>(field)];
  }
  /// There, and not null.
  bool has_value(known field) const { return has(field) && !(*this)[field].is_null(); }

  void add(known field, simdjson::dom::element json) {
    present.add(field);
    values[static_cast<std::size_t>(field)] = json;
  }
};

/// Reads a parsed document of either format into an event, and says what is wrong with it if
/// something is. Part of the event decoder, reused from event to event; includes the parser's
/// types, so nobody else includes it.
class event_reader {
public:
  explicit event_reader(event_limits limits) : limits_(limits), attributes_(limits.depth_max) {}

  /// Begins a record; `bytes` is its value, for the places in messages. Must outlive the reading.
  void begin(std::string_view bytes) { bytes_ = bytes; }

  /// Reads the document. Text of the event is the parser's, its fields are in `arena`. False after
  /// setting `why`, as with every step that can fail.
  bool read(simdjson::dom::element root, const projection& keep, std::pmr::memory_resource& arena);

  event& what() { return event_; }
  decode_error& why() { return why_; }

  /// Sets `why` and returns false. `field` is a pointer, empty for the whole document.
  bool refuse(event_fault fault, std::string field, const std::string& sentence);

  /// The document as a whole is refused: finds out why. `otherwise` is the sentence if the second
  /// look finds nothing.
  bool malformed(const std::string& otherwise);

  /// The field that says who the user is: "/user_id" or "/subject".
  std::string user_pointer() const;

private:
  /// An object within the document.
  struct place {
    std::string_view pointer; // Its own; empty for the document.
    std::size_t depth = 1;
    bool is_data = false; // The data of a CloudEvent, or within it.
  };

  bool read_top(simdjson::dom::object object);
  bool read_native();
  bool read_cloud_event();
  bool read_envelope();
  bool read_data(simdjson::dom::object object);
  bool read_body(const fields_found& from, place where);
  bool read_attributes(simdjson::dom::element json, place where);
  bool read_attribute(std::string_view name, simdjson::dom::element json, place where);
  bool refuse_attribute(std::string_view name, place where);
  bool read_string(const fields_found& from, known field, place where, std::string_view& text);
  bool read_id(const fields_found& from, known field, place where, std::string_view& id);
  bool read_time(known field);
  bool read_zone(const fields_found& from, place where);
  bool read_amount(simdjson::dom::element json, place where);
  bool read_money(simdjson::dom::element json, simdjson::dom::element code,
                  std::string_view pointer);
  bool wrong_type(std::string field, simdjson::dom::element json, std::string_view wanted);

  event_limits limits_;
  attribute_reader attributes_;
  std::string_view bytes_;
  fields_found top_;
  event event_;
  decode_error why_;
};

} // namespace laurel::schemas
