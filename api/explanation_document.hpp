#pragma once

#include "schemas/base/result.hpp"
#include "state/explanation.hpp"

#include <string>
#include <string_view>

namespace laurel::api {

std::string to_json(const state::explanation& what);

/// For our own client: fails with `corrupt` on a document that is not ours.
[[nodiscard]] schemas::result<state::explanation> parse_explanation(std::string_view json);

} // namespace laurel::api
