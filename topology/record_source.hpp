#pragma once

#include "actors/ports.hpp"
#include "topology/stream_map.hpp"

#include <cstdint>
#include <functional>
#include <string>

namespace laurel::topology {

/// A record of an output topic, as it is stored.
struct stored_record {
  std::int32_t partition = 0;
  std::int64_t offset = 0;
  std::int64_t append_time_ms = 0;
  std::string key;
  std::string value; // Empty too if there is none.
  actors::headers headers;
};

/// PORT: reads whole topics, for reports. Calls may block; safe from any thread.
class record_source {
public:
  virtual ~record_source() = default;

  using visitor = std::function<void(const stored_record&)>;

  /// Visits every committed record of a partition as of now, in order.
  [[nodiscard]] virtual schemas::result<void> visit(stream which, std::int32_t partition,
                                                    const visitor& see) = 0;
};

} // namespace laurel::topology
