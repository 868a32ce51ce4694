#pragma once

#include "schemas/base/result.hpp"
#include "schemas/event.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace laurel::topology::embedded {

/// The topics of the log. The numbers are part of the stored keys and never change.
enum class topic : std::uint8_t {
  engagement = 0,
  transaction = 1,
  changelog = 2,
  grants = 3,
  dlq = 4,
  late = 5,
  catalog = 6,
  identity = 7,
  commands = 8,
  notifications = 9,
  trials = 10,
};
inline constexpr std::size_t topic_count = 11;
inline constexpr std::array<topic, topic_count> all_topics{
  topic::engagement, topic::transaction,   topic::changelog, topic::grants,
  topic::dlq,        topic::late,          topic::catalog,   topic::identity,
  topic::commands,   topic::notifications, topic::trials};

/// The topics that are read, by input.
inline constexpr std::array<topic, schemas::input_count> input_topics{
  topic::engagement, topic::transaction, topic::commands};
constexpr topic topic_of(schemas::input from) {
  return input_topics[static_cast<std::size_t>(from)];
}

constexpr bool is_input(topic which) {
  return which == topic::engagement || which == topic::transaction || which == topic::commands;
}

/// Read whole by everyone, in one order.
constexpr bool has_one_partition(topic which) {
  return which == topic::catalog || which == topic::identity;
}

/// Keeps the last record of each key instead of the last bytes.
constexpr bool is_compacted(topic which) {
  return which == topic::changelog || has_one_partition(which);
}

/// Catalog and identities have one partition, everything else has `partitions`.
constexpr std::int32_t partitions_of(topic which, std::int32_t partitions) {
  return has_one_partition(which) ? 1 : partitions;
}

/// As Kafka would call it by default: "badge.grants".
std::string_view name_of(topic which);
std::optional<topic> topic_named(std::string_view name);

/// One partition of one topic.
struct slot {
  topic of = topic::engagement;
  std::int32_t partition = 0;

  friend auto operator<=>(const slot&, const slot&) = default;
};

// Key grammar. Fixed-width and big-endian, so that byte order is offset order:
//
//   key       = batch | partition | committed | epoch | "layout"
//   batch     = 'b' topic:u8 partition:u32 last_offset:u64     a run of records, under its last
//   offset partition = 'p' topic:u8 partition:u32                     its state, see below
//   committed = 'o' partition:u32 input:u8                     next offset of the group: u64
//   epoch     = 'e' partition:u32                              owner epoch of a task: u64
//
// A batch lies under its last offset so that one seek finds the batch that holds an offset.

std::string batch_key(slot where, std::int64_t last_offset);
std::string partition_key(slot where);
std::string committed_key(std::int32_t partition, std::size_t input);
std::string epoch_key(std::int32_t partition);
inline constexpr std::string_view layout_key = "layout";

/// The last offset inside a batch key.
std::int64_t last_offset_of(std::string_view batch_key);

/// What is known of a partition without reading its records.
struct partition_state {
  std::int64_t first_offset = 0; // Of what retention has left.
  std::int64_t next_offset = 0;
  std::int64_t last_append_ms = 0;  // Append times of one partition never decrease.
  std::int64_t bytes = 0;           // Of all stored batches.
  std::int64_t cleaned_to = 0;      // Compacted topics: below it every key is there once.
  std::int64_t cleaned_bytes = 0;   // What the part below `cleaned_to` took when it was cleaned.
  std::int64_t tombstones_from = 0; // Deletions below it are gone.

  friend bool operator==(const partition_state&, const partition_state&) = default;
};

/// value = format:u8(1) and the fields above in order, each u64be
std::string encode(const partition_state& state);
[[nodiscard]] schemas::result<partition_state> decode_partition(std::string_view bytes);

std::string encode_number(std::int64_t number); // u64be
[[nodiscard]] schemas::result<std::int64_t> decode_number(std::string_view bytes);

} // namespace laurel::topology::embedded
