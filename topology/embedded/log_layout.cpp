#include "topology/embedded/log_layout.hpp"

#include <algorithm>

namespace laurel::topology::embedded {

namespace {

constexpr std::array<std::string_view, topic_count> topic_names{"badge.engagement.events",
                                                                "badge.transaction.events",
                                                                "badge.state.changelog",
                                                                "badge.grants",
                                                                "badge.dlq",
                                                                "badge.late",
                                                                "badge.catalog",
                                                                "badge.identity",
                                                                "badge.commands",
                                                                "badge.notifications",
                                                                "badge.trials"};

constexpr char partition_format = 1;
constexpr std::size_t number_bytes = 8;

void put_big_endian(std::string& to, std::uint64_t number, std::size_t bytes) {
  for (std::size_t shift = bytes * 8; shift > 0; shift -= 8)
    to.push_back(static_cast<char>(number >> (shift - 8) & 0xffU));
}

std::uint64_t get_big_endian(std::string_view bytes) {
  std::uint64_t number = 0;
  for (const char byte : bytes)
    number = number << 8U | static_cast<unsigned char>(byte);
  return number;
}

std::string slot_key(char kind, slot where) {
  std::string key(1, kind);
  key.push_back(static_cast<char>(where.of));
  put_big_endian(key, static_cast<std::uint64_t>(where.partition), 4);
  return key;
}

std::array<std::int64_t partition_state::*, 7> fields() {
  return {&partition_state::first_offset,   &partition_state::next_offset,
          &partition_state::last_append_ms, &partition_state::bytes,
          &partition_state::cleaned_to,     &partition_state::cleaned_bytes,
          &partition_state::tombstones_from};
}

} // namespace

std::string_view name_of(topic which) {
  return topic_names[static_cast<std::size_t>(which)];
}

std::optional<topic> topic_named(std::string_view name) {
  const auto found = std::find(topic_names.begin(), topic_names.end(), name);
  if (found == topic_names.end())
    return std::nullopt;
  return static_cast<topic>(found - topic_names.begin());
}

std::string batch_key(slot where, std::int64_t last_offset) {
  auto key = slot_key('b', where);
  put_big_endian(key, static_cast<std::uint64_t>(last_offset), number_bytes);
  return key;
}

std::string partition_key(slot where) {
  return slot_key('p', where);
}

std::string committed_key(std::int32_t partition, std::size_t input) {
  std::string key(1, 'o');
  put_big_endian(key, static_cast<std::uint64_t>(partition), 4);
  key.push_back(static_cast<char>(input));
  return key;
}

std::string epoch_key(std::int32_t partition) {
  std::string key(1, 'e');
  put_big_endian(key, static_cast<std::uint64_t>(partition), 4);
  return key;
}

std::int64_t last_offset_of(std::string_view batch_key) {
  return static_cast<std::int64_t>(
    get_big_endian(batch_key.substr(batch_key.size() - number_bytes)));
}

std::string encode(const partition_state& state) {
  std::string bytes(1, partition_format);
  for (const auto field : fields())
    put_big_endian(bytes, static_cast<std::uint64_t>(state.*field), number_bytes);
  return bytes;
}

schemas::result<partition_state> decode_partition(std::string_view bytes) {
  if (bytes.size() != 1 + fields().size() * number_bytes || bytes[0] != partition_format)
    return schemas::failure(schemas::errc::corrupt, "the state of a partition is damaged");
  bytes.remove_prefix(1);
  partition_state state;
  for (const auto field : fields()) {
    state.*field = static_cast<std::int64_t>(get_big_endian(bytes.substr(0, number_bytes)));
    bytes.remove_prefix(number_bytes);
  }
  return state;
}

std::string encode_number(std::int64_t number) {
  std::string bytes;
  put_big_endian(bytes, static_cast<std::uint64_t>(number), number_bytes);
  return bytes;
}

schemas::result<std::int64_t> decode_number(std::string_view bytes) {
  if (bytes.size() != number_bytes)
    return schemas::failure(schemas::errc::corrupt, "a stored number is damaged");
  return static_cast<std::int64_t>(get_big_endian(bytes));
}

} // namespace laurel::topology::embedded
