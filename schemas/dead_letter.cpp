#include "schemas/dead_letter.hpp"

#include <sodium.h>

#include <array>

namespace laurel::schemas {

namespace {

std::string sha256_hex(std::string_view bytes) {
  std::array<unsigned char, crypto_hash_sha256_BYTES> hash;
  crypto_hash_sha256(hash.data(), reinterpret_cast<const unsigned char*>(bytes.data()),
                     bytes.size());
  std::array<char, 2 * crypto_hash_sha256_BYTES + 1> hex;
  sodium_bin2hex(hex.data(), hex.size(), hash.data(), hash.size());
  return hex.data();
}

std::string value_of(std::string_view bytes) {
  if (bytes.size() <= dead_letter_bytes_max)
    return std::string(bytes);
  return R"({"sha256":")" + sha256_hex(bytes) + R"(","length":)" + std::to_string(bytes.size())
         + "}";
}

} // namespace

dead_letter make_dead_letter(const dead_letter_origin& origin, std::string_view class_name,
                             std::string_view message, std::string_view bytes) {
  dead_letter letter;
  letter.headers = {
    {"class", std::string(class_name)},          {"error", std::string(message)},
    {"topic", std::string(origin.topic)},        {"partition", std::to_string(origin.partition)},
    {"offset", std::to_string(origin.offset)},   {"timestamp", std::to_string(origin.timestamp_ms)},
    {"attempt", std::to_string(origin.attempt)}, {"epoch", std::string(origin.epoch)},
  };
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
