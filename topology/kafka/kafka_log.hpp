#pragma once

#include "schemas/base/result.hpp"
#include "topology/kafka/settings.hpp"
#include "topology/log_bundle.hpp"

#include <memory>

namespace laurel::topology::kafka {

/// The pipeline's log over a Kafka cluster. No type of librdkafka appears here; the application
/// needs this header, settings.hpp and topics.hpp only.
class kafka_log : public log_bundle {
public:
  /// Checks the settings and the topics, and refuses with all faults at once (`bad_setting` for
  /// settings, `refused` for topics); `transient` if no broker answers. Joins nothing yet.
  [[nodiscard]] static schemas::result<std::unique_ptr<kafka_log>> open(const settings& from);
};

} // namespace laurel::topology::kafka
