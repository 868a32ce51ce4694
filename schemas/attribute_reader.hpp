#pragma once

#include "schemas/event.hpp"
#include "schemas/projection.hpp"

#include <simdjson.h>

#include <cstddef>
#include <cstdint>
#include <memory_resource>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace laurel::schemas {

/// The names of one object so far. Finds a duplicate at once in a small object, and when it is
/// complete in a large one, so that no object costs more than n log n.
class name_set {
public:
  void clear();

  /// False if `name` is there already, as far as that is known yet.
  bool add(std::string_view name);

  /// A name that was added twice. Call after the last `add`.
  std::optional<std::string_view> duplicate();

private:
  std::vector<std::string_view> names_;
  std::uint64_t marks_ = 0; // A bit per name; a name whose bit is clear is new.
};

/// Walks attribute values: checks every object for duplicate names, every number for its range and
/// every nesting for its depth, and keeps the scalars that the projection names. Part of the event
/// decoder, reused from event to event; includes the parser's types, so nobody else includes it.
class attribute_reader {
public:
  explicit attribute_reader(std::size_t depth_max) : names_(depth_max), depth_max_(depth_max) {}

  /// Begins an event. Text of the fields is copied into `arena`.
  void begin(const projection& keep, std::pmr::memory_resource& arena);

  /// Takes `json` as the top-level attribute `name`; `depth` is its own if it is a container, the
  /// event's being 1. False if the document is to be refused.
  bool read(std::string_view name, simdjson::dom::element json, std::size_t depth);

  /// The name that two top-level attributes have, if there is one. Call after the last `read`.
  std::optional<std::string_view> duplicate() { return top_names_.duplicate(); }

  /// The fields by slot, then in document order, copied into the arena.
  std::span<const field> fields();

private:
  struct kept {
    std::uint64_t order = 0; // Slot, then the number of the field.
    value what;
  };

  bool visit(simdjson::dom::element json, projection::node at, std::size_t depth);
  bool visit_object(simdjson::dom::object object, projection::node at, std::size_t depth);
  void keep(projection::node at, value what);

  std::vector<name_set> names_; // By depth.
  name_set top_names_;
  std::vector<kept> kept_;
  std::size_t depth_max_;
  const projection* projection_ = nullptr;
  std::pmr::memory_resource* arena_ = nullptr;
};

/// A copy of `text` that lives as long as `arena`.
std::string_view copy_text(std::string_view text, std::pmr::memory_resource& arena);

} // namespace laurel::schemas
