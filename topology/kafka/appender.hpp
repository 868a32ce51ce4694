#pragma once

#include "actors/ports.hpp"
#include "topology/kafka/client.hpp"
#include "topology/kafka/settings.hpp"

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <thread>

namespace laurel::topology::kafka {

/// Appends input records with an idempotent producer. Callers on any number of threads share it:
/// each waits for its own records, while one thread serves the answers. The producer is made at the
/// first append, and made anew after a fatal error.
class input_appender final : public actors::event_appender {
public:
  input_appender(const settings& from, std::int32_t partition_count)
      : settings_(from), partition_count_(partition_count) {}
  ~input_appender() override;
  input_appender(const input_appender&) = delete;
  input_appender& operator=(const input_appender&) = delete;

  schemas::result<void> append(std::span<const record> records) override;

private:
  class live_producer;

  schemas::result<std::shared_ptr<live_producer>> producer();

  const settings settings_;
  const std::int32_t partition_count_;
  std::mutex mutex_;
  std::shared_ptr<live_producer> producer_;
};

} // namespace laurel::topology::kafka
