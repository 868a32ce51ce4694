#pragma once

#include "schemas/command.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace laurel::state {

/// The rule that grants by hand are told of. No document can have this id.
inline constexpr std::string_view manual_rule_id = "@manual";

/// What became of a command. Kept with the user, so that a repeat is answered as the first was.
struct command_outcome {
  std::string id;
  schemas::command_kind kind = schemas::command_kind::grant;
  std::int64_t at = 0;
  std::int64_t recorded_at = 0;
  std::string problem;        // "not-held", ...: why nothing was done; empty: it was done.
  std::string grant_id;       // Of what was found or made; empty: nothing.
  std::uint32_t revision = 0; // Of that, afterwards.
  std::string badge;
  std::uint64_t fingerprint = 0;

  friend bool operator==(const command_outcome&, const command_outcome&) = default;
};

/// That it was done, as long as nothing more is known.
command_outcome outcome_of(const schemas::command& asked, schemas::event_time recorded_at);

/// The outcome of the command with that id, or null.
const command_outcome* find_outcome(const std::vector<command_outcome>& all, std::string_view id);

/// So many of a user's last commands are remembered: one repeated later is carried out again.
inline constexpr std::size_t outcomes_max = 64;

/// Of what a command asks, whenever: two commands with one id and different fingerprints are a
/// mistake of whoever sent them.
std::uint64_t fingerprint_of(const schemas::command& what);

/// A sentence about a `problem`, for people.
std::string_view describe_problem(std::string_view problem);

/// Value of a user's row of outcomes: message `Outcomes` of schemas/wire/state.v1.proto.
std::string encode(const std::vector<command_outcome>& all);
/// Throws what protozero throws on malformed data.
std::vector<command_outcome> decode_outcomes(std::string_view bytes);

} // namespace laurel::state
