#include "api/user_source.hpp"

#include "api/base64url.hpp"

#include <charconv>

namespace laurel::api {

namespace {

constexpr std::string_view format = "1";

/// Cuts the part before the next colon off `rest`.
std::string_view next_part(std::string_view& rest) {
  const auto colon = rest.find(':');
  const auto part = rest.substr(0, colon);
  rest = colon == rest.npos ? std::string_view{} : rest.substr(colon + 1);
  return part;
}

template <class Number>
bool read_number(std::string_view& rest, Number& into) {
  const auto part = next_part(rest);
  const auto [end, bad] = std::from_chars(part.data(), part.data() + part.size(), into);
  return !part.empty() && bad == std::errc{} && end == part.data() + part.size();
}

} // namespace

bool position::includes(const position& other) const {
  if (partition != other.partition)
    return false;
  for (std::size_t i = 0; i < next_offset.size(); ++i)
    if (next_offset[i] < other.next_offset[i])
      return false;
  return true;
}

std::string to_text(const position& at) {
  auto text =
    std::string(format) + ":" + std::to_string(at.partition) + ":" + std::to_string(at.commit);
  for (const auto offset : at.next_offset)
    text += ":" + std::to_string(offset);
  return to_base64url(text);
}

std::optional<position> parse_position(std::string_view text) {
  const auto plain = from_base64url(text);
  if (!plain)
    return std::nullopt;
  std::string_view rest = *plain;
  position at;
  bool is_good =
    next_part(rest) == format && read_number(rest, at.partition) && read_number(rest, at.commit);
  for (auto& offset : at.next_offset)
    is_good = is_good && read_number(rest, offset);
  if (!is_good || !rest.empty())
    return std::nullopt;
  return at;
}

} // namespace laurel::api
