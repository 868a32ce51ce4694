#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace laurel::schemas {

/// How much of a foreign text a message shows.
inline constexpr std::size_t quoted_bytes_max = 64;

/// `text` between single quotes, safe to print and to put into JSON whatever it holds: control
/// characters and bytes that are no UTF-8 become "\xNN", and a long text is cut with "...".
std::string quoted(std::string_view text, std::size_t bytes_max = quoted_bytes_max);

/// Keeps `std::quoted` from being the better match for a string, and literals unambiguous.
inline std::string quoted(const std::string& text, std::size_t bytes_max = quoted_bytes_max) {
  return quoted(std::string_view(text), bytes_max);
}
inline std::string quoted(const char* text, std::size_t bytes_max = quoted_bytes_max) {
  return quoted(std::string_view(text), bytes_max);
}

/// Whether `text` is well-formed UTF-8 throughout, so that it can stand in JSON.
bool is_utf8(std::string_view text);

} // namespace laurel::schemas
