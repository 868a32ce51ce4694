#pragma once

#include "schemas/base/result.hpp"
#include "topology/kafka/settings.hpp"
#include "topology/stream_map.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace laurel::topology::kafka {

/// What `create_topics` did about a topic.
struct topic_creation {
  std::string name;
  bool existed = false; // Left as it is; `verify_topics` says whether it will do.
};

/// Makes the topics that are missing, with the right settings, and waits until the broker knows
/// them. The number of partitions is final for a deployment: another number would move users to
/// partitions where their state is not.
[[nodiscard]] schemas::result<std::vector<topic_creation>>
create_topics(const settings& from, std::int32_t partitions, std::int32_t replicas);

/// The topics as the broker has them.
struct topic_report {
  std::map<std::string, topic_facts> found;
  std::vector<topic_fault> faults; // All at once; empty: good to run.
  std::int32_t partitions = 0;     // Of the inputs; 0 if they are missing.
};
[[nodiscard]] schemas::result<topic_report> verify_topics(const settings& from);

} // namespace laurel::topology::kafka
