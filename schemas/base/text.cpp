#include "schemas/base/text.hpp"

#include <cstdint>

namespace laurel::schemas {

namespace {

unsigned byte(std::string_view text, std::size_t at) {
  return static_cast<unsigned char>(text[at]);
}

/// Bytes of the well-formed UTF-8 character of two bytes or more at `at`; 0 if there is none.
std::size_t multibyte_length(std::string_view text, std::size_t at) {
  const unsigned lead = byte(text, at);
  const std::size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || text.size() - at < length)
    return 0;
  std::uint32_t point = lead & (0xffU >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(text, at + i) & 0xc0) != 0x80)
      return 0;
    point = point << 6 | (byte(text, at + i) & 0x3f);
  }
  const bool overlong = (length == 3 && point < 0x800) || (length == 4 && point < 0x10000);
  const bool no_character = (point >= 0xd800 && point < 0xe000) || point > 0x10ffff;
  return overlong || no_character ? 0 : length;
}

/// The C1 controls, of two bytes, are as unprintable as the ASCII ones.
bool is_control(std::string_view text, std::size_t at, std::size_t length) {
  return length == 2 && byte(text, at) == 0xc2 && byte(text, at + 1) < 0xa0;
}

} // namespace

std::string quoted(std::string_view text, std::size_t bytes_max) {
  constexpr char hex[] = "0123456789abcdef";
  std::string out = "'";
  std::size_t at = 0;
  while (at < text.size() && at < bytes_max) {
    const unsigned c = byte(text, at);
    std::size_t length = c >= 0x20 && c < 0x7f ? 1 : 0;
    if (c >= 0x80)
      length = multibyte_length(text, at);
    if (c >= 0x80 && is_control(text, at, length))
      length = 0;
    if (length == 0) {
      out += {'\\', 'x', hex[c >> 4], hex[c & 0xf]};
      ++at;
      continue;
    }
    out += text.substr(at, length);
    at += length;
  }
  out += at < text.size() ? "...'" : "'";
  return out;
}

bool is_utf8(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const auto length = byte(text, at) < 0x80 ? 1 : multibyte_length(text, at);
    if (length == 0)
      return false;
    at += length;
  }
  return true;
}

} // namespace laurel::schemas
