#pragma once

#include "schemas/base/result.hpp"
#include "state/command_outcome.hpp"

#include <string>
#include <string_view>

/// What became of a command, as JSON.
namespace laurel::api {

std::string to_json(const state::command_outcome& outcome);

/// Fails with `corrupt` on a document that is not ours.
[[nodiscard]] schemas::result<state::command_outcome> parse_outcome(std::string_view json);

} // namespace laurel::api
