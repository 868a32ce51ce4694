#pragma once

#include "schemas/event_codec.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace laurel::schemas {

/// A dead letter carries its origin's bytes up to here; beyond, their hash and length.
inline constexpr std::size_t dead_letter_bytes_max = 256 * 1024;

/// The record that a dead letter stands for.
struct dead_letter_origin {
  std::string_view topic;
  std::int32_t partition = 0;
  std::int64_t offset = 0;
  std::int64_t timestamp_ms = 0; // Append time.
  std::uint32_t attempt = 1;     // Re-drives count up.
  std::string_view epoch;        // Of the owner that gave up on it, decimal.
};

/// Where a record that is sent again first came from, and for the how-manieth time it is processed:
/// the value of the header `redriven_header` of an input record.
///
///   text = topic "/" partition "/" offset "/" timestamp "/" attempt     all but the first decimal
struct redriven_origin {
  std::string_view topic;
  std::int32_t partition = 0;
  std::int64_t offset = 0;
  std::int64_t timestamp_ms = 0;
  std::uint32_t attempt = 1;
};
inline constexpr std::string_view redriven_header = "laurel-redriven-from";

std::string to_text(const redriven_origin& origin);

/// Nothing if that is no such text: anyone can write a header. Borrows from `text`.
std::optional<redriven_origin> parse_redriven(std::string_view text);

/// A record of `badge.dlq`; its key is the origin's.
struct dead_letter {
  std::vector<std::pair<std::string, std::string>> headers;
  std::string value;
};

/// This header is there if the value is not the original bytes.
inline constexpr std::string_view truncated_header = "truncated";

/// Headers `class`, `error`, `topic`, `partition`, `offset`, `timestamp` (epoch ms),
/// `attempt`, `epoch`; the value is `bytes`, or {"sha256":"<hex>","length":n} if they are too many.
dead_letter make_dead_letter(const dead_letter_origin& origin, std::string_view class_name,
                             std::string_view message, std::string_view bytes);

/// The same for a record that is no event; adds the header `code`.
dead_letter make_dead_letter(const dead_letter_origin& origin, const decode_error& why,
                             std::string_view bytes);

} // namespace laurel::schemas
