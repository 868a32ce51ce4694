#include "api/base64url.hpp"

#include <sodium.h>

namespace laurel::api {

namespace {

constexpr int variant = sodium_base64_VARIANT_URLSAFE_NO_PADDING;

} // namespace

std::string to_base64url(std::string_view bytes) {
  std::string text(sodium_base64_encoded_len(bytes.size(), variant), '\0');
  sodium_bin2base64(text.data(), text.size(), reinterpret_cast<const unsigned char*>(bytes.data()),
                    bytes.size(), variant);
  text.pop_back(); // The zero that C wants.
  return text;
}

std::optional<std::string> from_base64url(std::string_view text) {
  std::string bytes(text.size(), '\0');
  std::size_t size = 0;
  if (sodium_base642bin(reinterpret_cast<unsigned char*>(bytes.data()), bytes.size(), text.data(),
                        text.size(), nullptr, &size, nullptr, variant)
      != 0)
    return std::nullopt;
  bytes.resize(size);
  if (to_base64url(bytes) != text) // A decoder takes bits that no encoder leaves.
    return std::nullopt;
  return bytes;
}

} // namespace laurel::api
