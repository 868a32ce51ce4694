#include "schemas/dead_letter.hpp"

#include "schemas/base/hex.hpp"

#include <sodium.h>

#include <array>
#include <charconv>

namespace laurel::schemas {

namespace {

std::string sha256_hex(std::string_view bytes) {
  std::array<unsigned char, crypto_hash_sha256_BYTES> hash;
  crypto_hash_sha256(hash.data(), reinterpret_cast<const unsigned char*>(bytes.data()),
                     bytes.size());
  return to_hex(hash);
}

/// Takes "/NUMBER" off the end of `text`; a topic's name holds no slash.
template <class Number>
bool take_number(std::string_view& text, Number& into) {
  const auto slash = text.rfind('/');
  if (slash == text.npos)
    return false;
  const auto digits = text.substr(slash + 1);
  text = text.substr(0, slash);
  const auto* const last = digits.data() + digits.size();
  const auto [end, bad] = std::from_chars(digits.data(), last, into);
  return !digits.empty() && digits.front() != '-' && bad == std::errc{} && end == last;
}

std::string value_of(std::string_view bytes) {
  if (bytes.size() <= dead_letter_bytes_max)
    return std::string(bytes);
  return R"({"sha256":")" + sha256_hex(bytes) + R"(","length":)" + std::to_string(bytes.size())
         + "}";
}

} // namespace

std::string to_text(const redriven_origin& origin) {
  return std::string(origin.topic) + "/" + std::to_string(origin.partition) + "/"
         + std::to_string(origin.offset) + "/" + std::to_string(origin.timestamp_ms) + "/"
         + std::to_string(origin.attempt);
}

std::optional<redriven_origin> parse_redriven(std::string_view text) {
  redriven_origin origin;
  const bool good = take_number(text, origin.attempt) && take_number(text, origin.timestamp_ms)
                    && take_number(text, origin.offset) && take_number(text, origin.partition);
  if (!good || text.empty() || origin.attempt < 1)
    return std::nullopt;
  origin.topic = text;
  return origin;
}

dead_letter make_dead_letter(const dead_letter_origin& origin, std::string_view class_name,
                             std::string_view message, std::string_view bytes) {
  dead_letter letter;
  letter.headers = {
    {"class", std::string(class_name)},          {"error", std::string(message)},
    {"topic", std::string(origin.topic)},        {"partition", std::to_string(origin.partition)},
    {"offset", std::to_string(origin.offset)},   {"timestamp", std::to_string(origin.timestamp_ms)},
    {"attempt", std::to_string(origin.attempt)}, {"epoch", std::string(origin.epoch)},
  };
  if (bytes.size() > dead_letter_bytes_max)
    letter.headers.emplace_back(truncated_header, std::to_string(bytes.size()));
  letter.value = value_of(bytes);
  return letter;
}

dead_letter make_dead_letter(const dead_letter_origin& origin, const decode_error& why,
                             std::string_view bytes) {
  dead_letter letter = make_dead_letter(origin, why.class_name(), why.message, bytes);
  letter.headers.emplace_back("code", why.code());
  return letter;
}

} // namespace laurel::schemas
