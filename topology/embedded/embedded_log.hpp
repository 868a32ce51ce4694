#pragma once

#include "actors/ports.hpp"
#include "topology/embedded/embedded_settings.hpp"
#include "topology/embedded/log_reader.hpp"
#include "topology/letter_box.hpp"

#include <memory>
#include <vector>

namespace laurel::topology {

/// A durable log in a directory that stands in for Kafka: all ports of the pipeline, for one
/// process. Owned by the application; everything it hands out dies before it.
class embedded_log {
public:
  /// Opens or makes the log. Fails with `refused` only if someone else holds the directory (the
  /// message names who), `bad_setting` for another number of partitions or an unusable directory,
  /// `not_found` if there is none and `partitions` is 0, `corrupt`, `transient`.
  [[nodiscard]] static schemas::result<std::unique_ptr<embedded_log>>
  open(embedded_settings settings);
  ~embedded_log(); // Closes the feed and the catalog.

  actors::feed& feed();
  actors::task_log_factory& task_logs();
  actors::catalog_log& catalog();
  actors::catalog_log& identity();
  actors::event_appender& appender();
  letter_box& letters();
  record_source& records();

  /// More of the same kind, independent of the ones above.
  std::unique_ptr<actors::feed> make_feed() const;
  std::unique_ptr<actors::catalog_log> make_catalog() const;

  /// For tools, tests and `laurel status`.
  const embedded::log_reader& reader() const;
  std::unique_ptr<embedded::log_tail> tail(std::vector<embedded::topic> topics,
                                           embedded::log_tail::begin where) const;

  /// The group's committed offsets of a partition; -1 where there is none.
  actors::input_offsets committed(std::int32_t partition) const;
  std::int32_t partitions() const;

private:
  struct impl;
  explicit embedded_log(std::unique_ptr<impl> parts);

  std::unique_ptr<impl> impl_;
};

} // namespace laurel::topology
