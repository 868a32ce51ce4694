#pragma once

#include "actors/journal.hpp"
#include "schemas/base/result.hpp"
#include "topology/stream_map.hpp"

#include <chrono>
#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace laurel::topology::kafka {

/// librdkafka's own names and values, e.g. {"security.protocol", "ssl"}.
using pass_through = std::map<std::string, std::string>;

/// What the operator decides about Kafka; everything else is pinned in settings.cpp.
struct settings {
  std::string brokers; // "host:port,host:port"
  std::string group = "laurel";
  std::string instance_id; // `group.instance.id`; partitions survive a restart under it. Or empty.
  stream_map streams;

  std::chrono::milliseconds session_timeout{45'000};
  std::chrono::milliseconds heartbeat_interval{500};
  std::chrono::milliseconds transaction_timeout{60'000};
  std::chrono::milliseconds call_timeout{10'000}; // Metadata, offsets, admin requests.
  std::chrono::milliseconds close_timeout{
    10'000}; // Leaving the group; then it is left to time out.

  /// Bytes that were delivered and not yet released, over all inputs; each has an equal share.
  std::size_t credit_bytes = std::size_t{32} << 20;
  std::size_t batch_records_max = 1'000;
  std::size_t batch_bytes_max = std::size_t{256} << 10;

  pass_through all;      // `kafka.*`: every client.
  pass_through consumer; // `kafka.consumer.*`: the feed and the readers.
  pass_through producer; // `kafka.producer.*`: the task logs, the catalog, the appender.

  actors::journal* journal = nullptr; // Null: warnings of the library are dropped.
};

enum class client_kind { consumer, producer, admin };

/// One pass-through setting is refused: unknown to librdkafka, a bad value, or one that the promise
/// of exactly once depends on.
[[nodiscard]] schemas::result<void> check_pass_through(client_kind kind, std::string_view key,
                                                       const std::string& value);

/// Every fault of `from`, in words; empty if there is none.
std::vector<std::string> faults_of(const settings& from);

using properties = std::vector<std::pair<std::string, std::string>>;

/// Properties of each client, in the order in which they are set: pinned ones, then pass-through.
properties feed_properties(const settings& from);
properties reader_properties(const settings& from);
properties transactional_properties(const settings& from, std::string_view transactional_id,
                                    std::chrono::milliseconds transaction_timeout);
properties appender_properties(const settings& from);
properties admin_properties(const settings& from);

} // namespace laurel::topology::kafka
