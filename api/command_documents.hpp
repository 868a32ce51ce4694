#pragma once

#include "schemas/base/result.hpp"
#include "state/command_outcome.hpp"

#include <string>
#include <string_view>

/// What became of a command, as JSON.
namespace laurel::api {

/// With the fingerprint, which our own client knows a repeat by.
std::string to_json(const state::command_outcome& outcome);

/// What callers are shown: without it.
std::string shown(const state::command_outcome& outcome);

/// Fails with `corrupt` on a document that is not ours.
[[nodiscard]] schemas::result<state::command_outcome> parse_outcome(std::string_view json);

} // namespace laurel::api
