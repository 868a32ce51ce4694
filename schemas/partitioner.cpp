#include "schemas/partitioner.hpp"

#include "schemas/base/check.hpp"

#include <cstddef>

namespace laurel::schemas {

namespace {

constexpr std::uint32_t seed = 0x9747b28c;
constexpr std::uint32_t factor = 0x5bd1e995;
constexpr int shift = 24;

std::uint32_t byte(std::string_view bytes, std::size_t at) {
  return static_cast<unsigned char>(bytes[at]);
}

} // namespace

std::uint32_t murmur2(std::string_view bytes) {
  const std::size_t size = bytes.size();
  std::uint32_t hash = seed ^ static_cast<std::uint32_t>(size);
  std::size_t at = 0;
  for (; at + 4 <= size; at += 4) {
    std::uint32_t word = byte(bytes, at) | byte(bytes, at + 1) << 8 | byte(bytes, at + 2) << 16
                         | byte(bytes, at + 3) << 24;
    word *= factor;
    word ^= word >> shift;
    word *= factor;
    hash *= factor;
    hash ^= word;
  }
  if (at < size) {
    for (std::size_t left = size - at; left > 0; --left)
      hash ^= byte(bytes, at + left - 1) << (8 * (left - 1));
    hash *= factor;
  }
  hash ^= hash >> 13;
  hash *= factor;
  hash ^= hash >> 15;
  return hash;
}

std::int32_t partition_of(std::string_view user_id, std::int32_t count) {
  CHECK_ALWAYS(count > 0);
  return static_cast<std::int32_t>(murmur2(user_id) & 0x7fff'ffff) % count;
}

} // namespace laurel::schemas
