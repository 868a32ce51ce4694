#pragma once

#include "actors/ports.hpp"

#include <librdkafka/rdkafka.h>

#include <cstdint>
#include <optional>
#include <string_view>

namespace laurel::topology::kafka {

/// A record for a producer's queue. Its bytes stay with the caller until the delivery report.
struct queued {
  std::int32_t partition = 0;
  std::string_view key;
  std::optional<std::string_view> value; // Nothing: a tombstone.
  const actors::headers* headers = nullptr;
  void* opaque = nullptr; // For the delivery report.
};

/// Queues one record once; copies its headers alone. Never blocks: `QUEUE_FULL` if there is no
/// room.
rd_kafka_resp_err_t queue_record(rd_kafka_t* client, rd_kafka_topic_t* to, const queued& what);

} // namespace laurel::topology::kafka
