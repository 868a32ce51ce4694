#pragma once

#include "actors/ports.hpp"
#include "topology/letter_box.hpp"
#include "topology/stream_map.hpp"

#include <cstdint>
#include <map>
#include <string>

namespace laurel::topology {

/// A topic as its log has it now, its settings named as Kafka names them.
struct log_topic {
  std::string name;
  topic_facts facts;
};
using log_topics = std::map<stream, log_topic>;

/// Everything that one kind of log offers to the pipeline. The application opens one, over Kafka or
/// over the embedded log, and cannot tell the difference from then on. The parts live as long as
/// the bundle; whoever uses them ends first (the feed is closed before the bundle goes).
class log_bundle {
public:
  virtual ~log_bundle() = default;

  virtual actors::feed& feed() = 0;
  virtual actors::task_log_factory& task_logs() = 0;
  virtual actors::catalog_log& catalog() = 0;
  virtual actors::catalog_log& identity() = 0; // API keys, of the same kind as the catalog.
  virtual actors::event_appender& appender() = 0;
  virtual letter_box& letters() = 0;
  virtual record_source& records() = 0;

  /// What is known of each topic. May block for a broker, and fail as it does.
  [[nodiscard]] virtual schemas::result<log_topics> topics() const = 0;

  /// The number of partitions of every topic but the catalog; final for a deployment.
  virtual std::int32_t partition_count() const = 0;
};

} // namespace laurel::topology
