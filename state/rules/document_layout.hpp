#pragma once

#include <nlohmann/json_fwd.hpp>

#include <string>

namespace laurel::state::rules {

/// A document as people write rules: what fits is on one line, the rest is broken at its members
/// and indented. Members keep their order. No line break at the end.
std::string laid_out(const nlohmann::ordered_json& document);

} // namespace laurel::state::rules
