#pragma once

#include "actors/ports.hpp"
#include "api/gateway.hpp"
#include "schemas/event_codec.hpp"

#include <cstddef>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace laurel::topology {

/// Checks lines that should be events, and commands, and appends the good ones to the topic they
/// belong to. Used by the running process and by `events send --brokers`. Safe from any thread, one
/// batch at a time.
class event_ingest {
public:
  /// Whether commands to erase a user are taken: a process without a secret cannot carry them out.
  enum class erasures : bool { refused, taken };

  explicit event_ingest(actors::event_appender& appender, erasures how = erasures::taken)
      : appender_(appender), how_(how) {}

  /// Good lines are durable when it returns; the others are listed with their number, from 1. A
  /// blank line is skipped. Fails only if the log cannot take the good ones.
  /// The records carry the W3C trace context, unless that is empty.
  [[nodiscard]] schemas::result<api::append_outcome> append(std::span<const std::string> lines,
                                                            std::string_view traceparent = {});

  /// Durable when it returns. `bad_input` if the record would be refused by the task that reads it,
  /// `refused` if it would erase a user and that is not taken.
  [[nodiscard]] schemas::result<void> append(const schemas::command& what,
                                             std::string_view traceparent = {});

private:
  actors::event_appender& appender_;
  erasures how_;
  std::mutex mutex_;
  schemas::event_decoder decoder_; // Guarded by mutex_.
};

} // namespace laurel::topology
