#include "state/rules/rule_document.hpp"

#include "schemas/base/check.hpp"
#include "state/rules/rule_limits.hpp"

#include <sodium.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <set>

namespace laurel::state::rules {

namespace {

bool contains(std::initializer_list<std::string_view> words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

/// A number as ECMAScript writes it: the shortest digits that read back as the same number, plain
/// from 1e-6 up to 1e21, with an exponent otherwise.
std::string canonical_number(double number) {
  if (number == 0)
    return "0";
  std::array<char, 32> buffer{};
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), std::abs(number),
                                 std::chars_format::scientific);
  const std::string_view text(buffer.data(), static_cast<std::size_t>(end.ptr - buffer.data()));
  const auto mark = text.find('e');
  std::string digits(text.substr(0, mark));
  digits.erase(std::remove(digits.begin(), digits.end(), '.'), digits.end());
  const int exponent = std::stoi(std::string(text.substr(mark + 1)));
  const int count = static_cast<int>(digits.size());
  std::string out = number < 0 ? "-" : "";
  if (exponent >= 0 && exponent < 21) {
    if (count <= exponent + 1)
      return out + digits + std::string(static_cast<std::size_t>(exponent + 1 - count), '0');
    return out + digits.insert(static_cast<std::size_t>(exponent + 1), ".");
  }
  if (exponent < 0 && exponent >= -6)
    return out + "0." + std::string(static_cast<std::size_t>(-exponent - 1), '0') + digits;
  if (count > 1)
    digits.insert(1, ".");
  return out + digits + (exponent < 0 ? "e-" : "e+") + std::to_string(std::abs(exponent));
}

void write(const json& value, std::string& out) {
  if (value.is_object()) {
    char next = '{'; // nlohmann keeps members sorted by name.
    for (const auto& [name, member] : value.items()) {
      out += next;
      out += json(name).dump() + ":";
      write(member, out);
      next = ',';
    }
    out += value.empty() ? "{}" : "}";
  } else if (value.is_array()) {
    char next = '[';
    for (const auto& element : value) {
      out += next;
      write(element, out);
      next = ',';
    }
    out += value.empty() ? "[]" : "]";
  } else if (value.is_number_float()) {
    out += canonical_number(value.get<double>());
  } else {
    out += value.dump();
  }
}

/// Watches a parse for what nlohmann lets through: duplicate names and depth.
class parse_watch {
public:
  explicit parse_watch(fault_list& faults) : faults_(faults) {}

  bool operator()(int depth, json::parse_event_t event, json& parsed) {
    if (static_cast<std::size_t>(depth) > document_depth_max) {
      if (!too_deep_)
        faults_.add("", "nested deeper than " + std::to_string(document_depth_max) + " levels");
      too_deep_ = true;
      return true;
    }
    if (event == json::parse_event_t::object_start)
      names_.emplace_back();
    if (event == json::parse_event_t::object_end && !names_.empty())
      names_.pop_back();
    if (event == json::parse_event_t::key && !names_.empty()
        && !names_.back().insert(parsed.get<std::string>()).second)
      faults_.add("", "the name " + in_quotes(parsed.get<std::string>())
                        + " stands twice in one object; keep one of them");
    return true;
  }

private:
  fault_list& faults_;
  std::vector<std::set<std::string>> names_;
  bool too_deep_ = false;
};

} // namespace

void fault_list::refuse_unknown(const place& object, std::initializer_list<std::string_view> known,
                                std::initializer_list<std::string_view> later) {
  for (const auto& [name, member] : object.at.items()) {
    if (contains(known, name))
      continue;
    const auto path = object.path + "/" + escaped_step(name);
    if (contains(later, name))
      add(path, name + " is not available yet");
    else
      add(path, "unknown word " + in_quotes(name) + "; known are " + listed(known));
  }
}

std::optional<json> parse_document(std::string_view text, fault_list& faults) {
  if (text.size() > document_bytes_max) {
    faults.add("", "larger than " + std::to_string(document_bytes_max) + " bytes");
    return std::nullopt;
  }
  try {
    parse_watch watch(faults);
    auto document = json::parse(text, [&watch](int depth, json::parse_event_t event, json& parsed) {
      return watch(depth, event, parsed);
    });
    if (!faults.empty())
      return std::nullopt;
    return document;
  } catch (const json::exception& e) {
    faults.add("", std::string("not JSON: ") + e.what());
    return std::nullopt;
  }
}

std::string canonical_json(const json& value) {
  std::string out;
  write(value, out);
  return out;
}

std::uint64_t short_hash(std::string_view text) {
  std::array<unsigned char, crypto_hash_sha256_BYTES> digest{};
  crypto_hash_sha256(digest.data(), reinterpret_cast<const unsigned char*>(text.data()),
                     text.size());
  std::uint64_t hash = 0;
  for (std::size_t i = 0; i < sizeof hash; ++i)
    hash = hash << 8U | digest[i];
  return hash;
}

std::string hex_of(std::uint64_t hash) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string out(16, '0');
  for (std::size_t i = 0; i < out.size(); ++i)
    out[i] = digits[hash >> (60 - 4 * i) & 0xfU];
  return out;
}

std::string in_quotes(std::string_view text) {
  constexpr std::size_t bytes_max = 64;
  const auto shown =
    std::string(text.substr(0, bytes_max)) + (text.size() > bytes_max ? "..." : "");
  return json(shown).dump(-1, ' ', false, json::error_handler_t::replace);
}

std::string listed(std::initializer_list<std::string_view> words) {
  std::string out;
  for (const auto word : words)
    out.append(out.empty() ? "" : ", ").append(word);
  return out;
}

std::string escaped_step(std::string_view name) {
  std::string out;
  for (const char c : name) {
    if (c == '~')
      out += "~0";
    else if (c == '/')
      out += "~1";
    else
      out += c;
  }
  return out;
}

} // namespace laurel::state::rules
