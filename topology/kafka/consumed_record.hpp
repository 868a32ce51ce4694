#pragma once

#include "actors/ports.hpp"
#include "schemas/dead_letter.hpp"
#include "topology/kafka/arena_batch.hpp"
#include "topology/kafka/handle.hpp"

#include <cstdint>
#include <set>
#include <string_view>
#include <vector>

namespace laurel::topology::kafka {

/// The last header of this name, kept in `arena`; empty if there is none.
inline std::string_view header_of(const rd_kafka_headers_t* headers, const char* name,
                                  arena_batch& arena) {
  const void* value = nullptr;
  std::size_t size = 0;
  if (rd_kafka_header_get_last(headers, name, &value, &size) != RD_KAFKA_RESP_ERR_NO_ERROR)
    return {};
  return arena.keep(value, size);
}

/// A record whose bytes are in `arena`.
inline actors::log_record copy_of(const rd_kafka_message_t& message, arena_batch& arena) {
  actors::log_record record;
  record.offset = message.offset;
  record.append_time_ms = rd_kafka_message_timestamp(&message, nullptr);
  record.has_key = message.key != nullptr;
  record.key = arena.keep(message.key, message.key_len);
  record.has_value = message.payload != nullptr;
  record.value = arena.keep(message.payload, message.len);
  rd_kafka_headers_t* headers = nullptr;
  if (rd_kafka_message_headers(&message, &headers) == RD_KAFKA_RESP_ERR_NO_ERROR) {
    record.traceparent = header_of(headers, "traceparent", arena);
    record.redriven = header_of(headers, schemas::redriven_header.data(), arena);
  }
  return record;
}

/// The partition numbers in a list, each once, in order.
inline std::vector<std::int32_t> partitions_of(const rd_kafka_topic_partition_list_t& list) {
  std::set<std::int32_t> partitions;
  for (int i = 0; i < list.cnt; ++i)
    partitions.insert(list.elems[i].partition);
  return {partitions.begin(), partitions.end()};
}

} // namespace laurel::topology::kafka
