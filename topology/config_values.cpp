#include "topology/config_values.hpp"

#include <array>
#include <charconv>
#include <limits>
#include <utility>

namespace laurel::topology {

namespace {

using schemas::errc;
using schemas::failure;

struct unit {
  std::string_view name;
  std::int64_t factor;
};

// Largest first: that is how a value is written.
constexpr std::array<unit, 5> duration_units{
  {{"d", 86'400'000}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1'000}, {"ms", 1}}};
constexpr std::array<unit, 4> size_units{
  {{"GiB", 1LL << 30}, {"MiB", 1LL << 20}, {"KiB", 1LL << 10}, {"", 1}}};

/// The number at the start of `text`, times the unit that is the rest of it.
template <std::size_t N>
schemas::result<std::int64_t> parse_scaled(std::string_view text, const std::array<unit, N>& units,
                                           const char* allowed) {
  std::int64_t number = 0;
  const auto* end = text.data() + text.size();
  const auto [rest, fault] = std::from_chars(text.data(), end, number);
  const std::string_view name(rest, static_cast<std::size_t>(end - rest));
  for (const auto& candidate : units) {
    if (fault != std::errc{} || number < 0 || candidate.name != name)
      continue;
    if (number > std::numeric_limits<std::int64_t>::max() / candidate.factor)
      return failure(errc::bad_setting, "is out of range");
    return number * candidate.factor;
  }
  return failure(errc::bad_setting, allowed);
}

template <std::size_t N>
std::string scaled_text(std::int64_t value, const std::array<unit, N>& units) {
  for (const auto& candidate : units)
    if (value % candidate.factor == 0 && (value != 0 || candidate.factor == 1))
      return std::to_string(value / candidate.factor) + std::string(candidate.name);
  return std::to_string(value);
}

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' '))
    text.remove_prefix(1);
  while (text.ends_with(' '))
    text.remove_suffix(1);
  return text;
}

} // namespace

schemas::result<std::chrono::milliseconds> parse_duration(std::string_view text) {
  return parse_scaled(text, duration_units, "must be a whole number with a unit: ms, s, m, h or d")
    .map([](std::int64_t ms) { return std::chrono::milliseconds(ms); });
}

std::string duration_text(std::chrono::milliseconds value) {
  return scaled_text(value.count(), duration_units);
}

schemas::result<std::size_t> parse_size(std::string_view text) {
  return parse_scaled(text, size_units, "must be a whole number of bytes, KiB, MiB or GiB")
    .map([](std::int64_t bytes) { return static_cast<std::size_t>(bytes); });
}

std::string size_text(std::size_t bytes) {
  return scaled_text(static_cast<std::int64_t>(bytes), size_units);
}

schemas::result<std::int64_t> parse_integer(std::string_view text) {
  std::int64_t number = 0;
  const auto* end = text.data() + text.size();
  const auto [rest, fault] = std::from_chars(text.data(), end, number);
  if (fault != std::errc{} || rest != end)
    return failure(errc::bad_setting, "must be a whole number");
  return number;
}

schemas::result<bool> parse_boolean(std::string_view text) {
  if (text == "true" || text == "false")
    return text == "true";
  return failure(errc::bad_setting, "must be true or false");
}

schemas::result<std::vector<std::string>> parse_list(std::string_view text) {
  std::vector<std::string> parts;
  while (!trimmed(text).empty()) {
    const auto comma = text.find(',');
    const auto part = trimmed(text.substr(0, comma));
    if (part.empty() || comma + 1 == text.size())
      return failure(errc::bad_setting, "has an empty part");
    parts.emplace_back(part);
    text = comma == text.npos ? std::string_view{} : text.substr(comma + 1);
  }
  return parts;
}

std::string list_text(const std::vector<std::string>& parts) {
  std::string text;
  for (const auto& part : parts)
    text += (text.empty() ? "" : ",") + part;
  return text;
}

} // namespace laurel::topology
