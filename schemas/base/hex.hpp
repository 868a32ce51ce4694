#pragma once

#include <cstddef>
#include <span>
#include <string>

namespace laurel::schemas {

/// Two lower-case digits a byte.
std::string to_hex(std::span<const unsigned char> bytes);

/// So many random bytes in hex, good enough for an id that nobody may guess. Any thread.
std::string random_hex(std::size_t bytes);

} // namespace laurel::schemas
