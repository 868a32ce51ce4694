#include "schemas/base/hex.hpp"

#include <sodium.h>

#include <vector>

namespace laurel::schemas {

std::string to_hex(std::span<const unsigned char> bytes) {
  std::string text(2 * bytes.size() + 1, '\0'); // sodium writes a final zero.
  sodium_bin2hex(text.data(), text.size(), bytes.data(), bytes.size());
  text.pop_back();
  return text;
}

std::string random_hex(std::size_t bytes) {
  if (bytes == 0)
    return {}; // sodium takes no null pointer, and an empty vector may have one.
  std::vector<unsigned char> noise(bytes);
  randombytes_buf(noise.data(), noise.size());
  return to_hex(noise);
}

} // namespace laurel::schemas
