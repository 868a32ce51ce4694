#pragma once

#include "actors/ports.hpp"
#include "topology/embedded/log_core.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace laurel::topology::embedded {

/// A record with its place, for tools and people; owns its bytes.
struct read_record {
  topic of = topic::grants;
  std::int32_t partition = 0;
  std::int64_t offset = 0;
  std::int64_t append_time_ms = 0;
  std::optional<std::string> key;
  std::optional<std::string> value;
  actors::headers headers;
};

/// Reads any partition of any topic; everything in it is committed. Safe from any thread.
class log_reader {
public:
  explicit log_reader(std::shared_ptr<log_core> core) : core_(std::move(core)) {}

  struct page {
    std::vector<read_record> records;
    std::int64_t next_offset = 0;
    bool at_end = false;
  };

  /// Records from `from` on (from the first one left, if that is later), at most `records_max`.
  [[nodiscard]] schemas::result<page> read(topic of, std::int32_t partition, std::int64_t from,
                                           std::size_t records_max) const;

  std::int64_t first_offset(topic of, std::int32_t partition) const;
  std::int64_t next_offset(topic of, std::int32_t partition) const;
  std::int32_t partitions(topic of) const { return partitions_of(of, core_->partitions()); }

private:
  std::shared_ptr<log_core> core_;
};

/// Follows some topics, all partitions, as records come; for watching. Used by one thread.
class log_tail {
public:
  enum class begin { at_first, at_end };

  log_tail(std::shared_ptr<log_core> core, std::vector<topic> topics, begin where);
  ~log_tail();
  log_tail(const log_tail&) = delete;
  log_tail& operator=(const log_tail&) = delete;

  /// The records since the last call, at most `records_max`, in offset order within a partition.
  /// Waits until there is one, `timeout` has passed, or `interrupt` is called; may return none.
  [[nodiscard]] schemas::result<std::vector<read_record>> next(std::size_t records_max,
                                                               std::chrono::milliseconds timeout);

  /// Wakes `next`; safe from any thread.
  void interrupt() { signal_->raise(); }

private:
  schemas::result<std::vector<read_record>> poll(std::size_t records_max);

  struct place {
    slot where;
    std::int64_t next_offset = 0;
  };

  std::shared_ptr<log_core> core_;
  log_reader reader_;
  std::shared_ptr<change_signal> signal_;
  std::vector<place> places_;
};

} // namespace laurel::topology::embedded
