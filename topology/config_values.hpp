#pragma once

#include "schemas/base/result.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// Reading and writing of the values that settings have. Each writer is the inverse of its reader.
namespace laurel::topology {

/// "250ms", "5s", "10m", "48h", "400d". A number without a unit is refused: nobody knows which.
[[nodiscard]] schemas::result<std::chrono::milliseconds> parse_duration(std::string_view text);
std::string duration_text(std::chrono::milliseconds value);

/// "1048576", "64KiB", "8MiB", "1GiB".
[[nodiscard]] schemas::result<std::size_t> parse_size(std::string_view text);
std::string size_text(std::size_t bytes);

[[nodiscard]] schemas::result<std::int64_t> parse_integer(std::string_view text);

/// "true" or "false" and nothing else.
[[nodiscard]] schemas::result<bool> parse_boolean(std::string_view text);

/// Comma-separated; spaces around parts are dropped, empty parts are refused.
[[nodiscard]] schemas::result<std::vector<std::string>> parse_list(std::string_view text);
std::string list_text(const std::vector<std::string>& parts);

} // namespace laurel::topology
