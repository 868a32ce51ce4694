#include "state/storage/local_rows.hpp"

namespace laurel::state {

namespace {

constexpr char format = 1;
constexpr std::size_t position_bytes = 8;

} // namespace

std::string encode_position(std::int64_t position) {
  std::string bytes(1 + position_bytes, format);
  auto rest = static_cast<std::uint64_t>(position);
  for (std::size_t i = position_bytes; i > 0; --i, rest >>= 8U)
    bytes[i] = static_cast<char>(rest & 0xffU);
  return bytes;
}

schemas::result<std::int64_t> decode_position(std::string_view bytes) {
  if (bytes.size() != 1 + position_bytes || bytes[0] != format)
    return schemas::failure(schemas::errc::corrupt, "the stored changelog position is damaged");
  std::uint64_t position = 0;
  for (const char byte : bytes.substr(1))
    position = position << 8U | static_cast<unsigned char>(byte);
  return static_cast<std::int64_t>(position);
}

} // namespace laurel::state
