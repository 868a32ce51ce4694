#pragma once

#include "actors/ports.hpp"
#include "topology/embedded/log_core.hpp"

#include <memory>
#include <span>
#include <vector>

namespace laurel::topology::embedded {

/// Appends input records, each to its user's partition. Waits while the input waits for its tasks
/// no more than for the write itself; refuses, with the reason, when the disk is nearly full.
class embedded_appender final : public actors::event_appender {
public:
  explicit embedded_appender(std::shared_ptr<log_core> core) : core_(std::move(core)) {}

  /// Records of one input and user keep their order. If it fails, some may be in the log: sending
  /// all of them again is safe, because events have ids.
  schemas::result<void> append(std::span<const record> records) override;

private:
  schemas::result<void> append_chunk(std::span<const record> records);

  std::shared_ptr<log_core> core_;
};

} // namespace laurel::topology::embedded
