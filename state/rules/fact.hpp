#pragma once

#include "schemas/base/time.hpp"
#include "schemas/event.hpp"
#include "schemas/money.hpp"

#include <boost/container/small_vector.hpp>

#include <cstdint>
#include <optional>
#include <string_view>

namespace laurel::state::rules {

/// Index into a user's list of zone names; `no_zone` stands for UTC.
using zone_index = std::uint16_t;
inline constexpr zone_index no_zone = 0xffff;

/// One attribute of a fact. Paths are named by hash, because slots change from book to book.
struct fact_field {
  std::uint32_t path = 0;
  schemas::value what;
};

/// An event as rules see it, whether it has just arrived or comes from the user's history, so that
/// both are evaluated by the same code. Borrows its text from the event or the segment.
struct fact {
  std::string_view id;
  std::string_view retracts;
  std::int64_t at = 0;
  std::uint32_t type = 0;    // Hash of the type; 0 if no rule reads it.
  std::int32_t offset_s = 0; // Of the event's zone at its time, fixed when it was first seen.
  zone_index zone = no_zone;
  schemas::input from = schemas::input::engagement;
  std::uint32_t ordinal = 0; // Place in the history of its input.
  bool is_derived = false;   // Emitted by a rule: in no history, so without an ordinal,
  bool is_fresh = false;     // and the step at hand made it what it is.
  std::optional<schemas::money> amount;
  boost::container::small_vector<fact_field, 6> fields;

  /// The first value at `path`; of an array, its first element.
  const schemas::value* find(std::uint32_t path) const {
    for (const auto& field : fields) {
      if (field.path == path)
        return &field.what;
    }
    return nullptr;
  }
};

/// How a type or a path is named in stored state. Never 0, which stands for "none".
std::uint32_t name_hash(std::string_view name);

} // namespace laurel::state::rules
