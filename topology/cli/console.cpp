#include "topology/cli/console.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace laurel::topology::cli {

namespace {

constexpr std::array<std::string_view, 7> codes{"0", "31", "32", "33", "34", "90", "1"};

bool is_number(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return (c >= '0' && c <= '9') || c == ',' || c == '.' || c == '-' || c == '%';
  });
}

bool is_continuation(char byte) {
  return (static_cast<unsigned char>(byte) & 0xC0U) == 0x80U;
}

} // namespace

std::string tinted(std::string_view text, tint colour, bool wanted) {
  if (!wanted || colour == tint::none)
    return std::string(text);
  return "\x1b[" + std::string(codes[static_cast<std::size_t>(colour)]) + "m" + std::string(text)
         + "\x1b[0m";
}

std::string printable(std::string_view text) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte != 0x7f) {
      out += c;
      continue;
    }
    out += "\\x";
    out += digits[byte >> 4U];
    out += digits[byte & 15U];
  }
  return out;
}

std::size_t columns_of(std::string_view text) {
  std::size_t columns = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\x1b')
      i = std::min(text.find('m', i), text.size());
    else if (!is_continuation(text[i]))
      ++columns;
  }
  return columns;
}

void text_table::print(std::ostream& to, bool colour) const {
  std::vector<std::size_t> widths(rows_.front().size(), 0);
  for (const auto& row : rows_)
    for (std::size_t i = 0; i < row.size(); ++i)
      widths[i] = std::max(widths[i], columns_of(row[i]));
  for (const auto& row : rows_) {
    std::string line;
    const bool is_head = &row == &rows_.front();
    for (std::size_t i = 0; i < row.size(); ++i) {
      const std::string pad(widths[i] - columns_of(row[i]), ' ');
      // A column whose first value is a number is one of numbers, its head included.
      const bool is_right = rows_.size() > 1 && is_number(rows_[1][i]);
      const auto cell = is_head ? tinted(row[i], tint::bold, colour) : row[i];
      line += (i == 0 ? "" : "  ") + (is_right ? pad + cell : cell + pad);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    to << line << "\n";
  }
}

std::string bar(double fraction, std::size_t width) {
  const auto share = std::isfinite(fraction) ? std::clamp(fraction, 0.0, 1.0) : 0.0;
  const auto full = static_cast<std::size_t>(share * static_cast<double>(width));
  std::string text;
  for (std::size_t i = 0; i < width; ++i)
    text += i < full ? "\u2588" : "\u2591";
  return text;
}

std::string grouped(std::uint64_t value) {
  auto text = std::to_string(value);
  for (auto at = text.size(); at > 3; at -= 3)
    text.insert(at - 3, ",");
  return text;
}

} // namespace laurel::topology::cli
