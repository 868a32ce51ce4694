#pragma once

#include "schemas/event_codec.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

/// The slow second look at bytes that the fast parser refused: it says what is wrong and where.
/// Runs for dead letters only; pure.
namespace laurel::schemas {

/// The first thing that makes `bytes` no acceptable JSON document.
struct json_fault {
  event_fault fault = event_fault::bad_json;
  std::string pointer; // Of the value it is in.
  std::size_t byte = 0;
  std::string what;
};

/// Nothing if `bytes` are well-formed JSON without duplicate names, not deeper than `depth_max`,
/// with all numbers in range.
std::optional<json_fault> diagnose(std::string_view bytes, std::size_t depth_max);

/// Where the value that `pointer` names begins, in well-formed `bytes`.
std::optional<std::size_t> byte_of(std::string_view bytes, std::string_view pointer);

/// "/" and `name`, as a part of an RFC 6901 pointer.
std::string pointer_part(std::string_view name);

/// The greatest size of a number that is not an integer. A little less than what `decimal` holds.
inline constexpr double fraction_max = 1.7e29;

} // namespace laurel::schemas
