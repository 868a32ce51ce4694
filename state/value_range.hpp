#pragma once

#include "state/rules/compiled_rule.hpp"

#include <cstddef>
#include <optional>

namespace laurel::state {

/// Between which numbers a value can lie, whatever the events are; a bound that is nothing is none.
struct value_range {
  std::optional<schemas::decimal> least;
  std::optional<schemas::decimal> greatest;
};

/// Of number `index` of the rule's `when`.
value_range range_of(const rules::compiled_rule& rule, std::size_t index);

/// What is certain about a condition before any event has come.
enum class certainty : std::uint8_t { never, maybe, always };

/// Of condition `index`. A comparison of something that may have no value is never `always`.
certainty certainty_of(const rules::compiled_rule& rule, std::size_t index);

} // namespace laurel::state
