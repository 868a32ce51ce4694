#pragma once

#include "schemas/base/time.hpp"
#include "schemas/decimal.hpp"
#include "schemas/money.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <variant>

namespace laurel::schemas {

struct command;

/// The topics that are read: two of events, for each of which lateness is judged, and one of
/// commands.
enum class input : std::uint8_t { engagement = 0, transaction = 1, command = 2 };
inline constexpr std::size_t input_count = 3;
inline constexpr std::size_t event_input_count = 2; // The first ones.
inline constexpr std::array<input, input_count> every_input{input::engagement, input::transaction,
                                                            input::command};

/// Where a record is in the partition of its user.
struct log_place {
  input from = input::engagement;
  std::int64_t offset = -1; // -1: it is in no log.

  bool is_known() const { return offset >= 0; }
  friend bool operator==(const log_place&, const log_place&) = default;
};

/// A scalar attribute of an event, as rules see it. JSON null and a missing attribute are both
/// `monostate`.
using value = std::variant<std::monostate, bool, decimal, std::string_view>;

/// One attribute that some rule reads. An attribute that is an array gives one field an element,
/// in order, all with the same slot.
struct field {
  std::uint16_t slot = 0; // Index into the `projection` the event was decoded with.
  value what;
};

/// One thing a user did, or (`order`) that was asked for one. Text and fields are borrowed from the
/// arena the event was decoded into, which outlives it (a batch owns both). Validated: nothing in
/// it can be wrong.
struct event {
  std::string_view id;
  std::string_view user_id;
  std::string_view type;
  event_time at;
  event_time recorded_at; // Append time of the record that carried it.
  input from = input::engagement;
  std::int64_t offset = -1;  // Of that record; -1: it is in no log.
  std::string_view zone;     // IANA name, empty if the event names none.
  std::string_view retracts; // Id of the event this one takes back, empty if none.
  std::optional<money> amount;
  std::span<const field> fields;           // Only what the projection asked for, by slot.
  const schemas::command* order = nullptr; // A command and no event; the batch owns it.
};

} // namespace laurel::schemas
