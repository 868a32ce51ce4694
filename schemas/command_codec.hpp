#pragma once

#include "schemas/command.hpp"
#include "schemas/event_codec.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace laurel::schemas {

/// One line of JSON; wire/command.v1.json describes it.
std::string encode(const command& what);

/// Checks everything, as events are checked: what is refused here is a dead letter. `record` says
/// in which partition and under which key it came.
[[nodiscard]] decoded<command> decode_command(std::string_view bytes, const record_context& record);

std::optional<command_kind> parse_command_kind(std::string_view name);

} // namespace laurel::schemas
