#include "api/http.hpp"

#include <algorithm>
#include <array>

namespace laurel::api {

namespace {

constexpr std::array<std::pair<std::string_view, method>, 7> methods{
  {{"GET", method::get},
   {"HEAD", method::head},
   {"POST", method::post},
   {"PUT", method::put},
   {"PATCH", method::patch},
   {"DELETE", method::del},
   {"OPTIONS", method::options}}};

int hex_digit(char c) {
  if (c >= '0' && c <= '9')
    return c - '0';
  if (c >= 'a' && c <= 'f')
    return c - 'a' + 10;
  if (c >= 'A' && c <= 'F')
    return c - 'A' + 10;
  return -1;
}

bool is_unreserved(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-'
         || c == '.' || c == '_' || c == '~';
}

bool is_visible_ascii(char c) {
  return c > 0x20 && c < 0x7f;
}

/// The value of the query parameter at `part` ("name=value"), decoded into `into`.
bool add_parameter(std::string_view part, fields& into) {
  if (part.empty())
    return true;
  const auto equals = part.find('=');
  auto name = percent_decode(part.substr(0, equals), true);
  auto value = percent_decode(equals == part.npos ? "" : part.substr(equals + 1), true);
  if (!name || !value)
    return false;
  into.emplace_back(std::move(*name), std::move(*value));
  return true;
}

} // namespace

std::optional<method> parse_method(std::string_view text) {
  for (const auto& [name, verb] : methods)
    if (name == text)
      return verb;
  return std::nullopt;
}

std::string_view name_of(method verb) {
  for (const auto& [name, candidate] : methods)
    if (candidate == verb)
      return name;
  return "?";
}

std::optional<std::string_view> value_of(const fields& list, std::string_view name) {
  for (const auto& [candidate, value] : list)
    if (candidate == name)
      return value;
  return std::nullopt;
}

bool parse_target(std::string_view target, request& into) {
  if (target.empty() || target.front() != '/' || !std::ranges::all_of(target, is_visible_ascii))
    return false;
  const auto question = target.find('?');
  into.path = std::string(target.substr(0, question));
  if (into.path.find('#') != std::string::npos)
    return false;
  auto rest = question == target.npos ? std::string_view{} : target.substr(question + 1);
  while (!rest.empty()) {
    const auto end = rest.find('&');
    if (!add_parameter(rest.substr(0, end), into.query))
      return false;
    rest = end == rest.npos ? std::string_view{} : rest.substr(end + 1);
  }
  return true;
}

std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+' && plus_is_space) {
      out += ' ';
    } else if (text[i] != '%') {
      out += text[i];
    } else {
      const int high = i + 1 < text.size() ? hex_digit(text[i + 1]) : -1;
      const int low = i + 2 < text.size() ? hex_digit(text[i + 2]) : -1;
      if (high < 0 || low < 0)
        return std::nullopt;
      out += static_cast<char>(high * 16 + low);
      i += 2;
    }
  }
  return out;
}

std::string percent_encode(std::string_view text) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    if (is_unreserved(c)) {
      out += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out += '%';
    out += digits[byte >> 4U];
    out += digits[byte & 15U];
  }
  return out;
}

} // namespace laurel::api
