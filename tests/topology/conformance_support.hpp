#pragma once

#include "actors/ports.hpp"

#include "tests/topology/conformance.hpp"

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace laurel::tests {

/// A delivered record, copied.
struct seen_record {
  std::int64_t offset = 0;
  std::int64_t append_time_ms = 0;
  std::string key;
  std::string value;

  friend bool operator==(const seen_record&, const seen_record&) = default;
};

/// A delivery, copied.
struct seen_batch {
  std::int32_t partition = 0;
  schemas::input from = schemas::input::engagement;
  std::uint64_t session = 0;
  std::int64_t next_offset = 0;
  bool at_end = false;
  std::size_t bytes = 0;
  std::vector<seen_record> records;
};

/// Writes down what a feed tells and wakes the test, which waits for facts and never for time.
class recording_listener final : public actors::feed_listener {
public:
  explicit recording_listener(std::chrono::milliseconds patience) : patience_(patience) {}

  /// Gives credit back at once; without it the test does, or holds it.
  void release_to(actors::feed* feed);

  void on_assigned(std::span<const std::int32_t> partitions) override;
  void on_revoked(std::span<const std::int32_t> partitions, bool lost) override;
  void on_records(std::shared_ptr<const actors::input_batch> batch) override;
  void on_feed_failed(const schemas::error& why) override;

  /// Whether `fact` became true of what was written down, in time.
  bool wait(const std::function<bool(const recording_listener&)>& fact);

  // What was written down; inside `wait`, or after `look`.
  std::vector<std::int32_t> assigned;
  std::vector<std::int32_t> revoked;
  bool lost = false;
  std::vector<seen_batch> batches;
  std::optional<schemas::error> failed;

  /// A copy of all deliveries so far.
  std::vector<seen_batch> look();

private:
  std::chrono::milliseconds patience_;
  std::mutex mutex_;
  std::condition_variable changed_;
  actors::feed* releases_to_ = nullptr;
};

/// Records of one input of one partition in `batches`, those of `session` only if it is given.
std::vector<seen_record> records_of(const std::vector<seen_batch>& batches, std::int32_t partition,
                                    schemas::input from = schemas::input::engagement,
                                    std::optional<std::uint64_t> session = {});

/// A world with a feed that runs, and helpers that most cases want.
class running_feed {
public:
  /// Waits until all partitions are assigned.
  explicit running_feed(conformance_world& world, bool release = true);
  ~running_feed();
  running_feed(const running_feed&) = delete;
  running_feed& operator=(const running_feed&) = delete;

  /// Starts a partition at the first offsets the log has.
  std::uint64_t start(std::int32_t partition);

  /// Waits until `count` records of a partition have come, and returns them.
  std::vector<seen_record> records(std::int32_t partition, std::size_t count,
                                   schemas::input from = schemas::input::engagement,
                                   std::optional<std::uint64_t> session = {});

  actors::feed& feed() { return *feed_; }
  recording_listener listener;

private:
  conformance_world& world_;
  std::unique_ptr<actors::feed> feed_;
};

/// The n-th user id that lives in `partition`.
std::string user_in(const conformance_world& world, std::int32_t partition, int n = 0);

/// Appends `count` events of one user: values "<tag>-0", "<tag>-1", ...
void append_values(conformance_world& world, std::int32_t partition, const std::string& tag,
                   int count, schemas::input to = schemas::input::engagement);

std::vector<std::string> values_of(const std::vector<seen_record>& records);

/// An opened and fenced owner of a partition.
std::unique_ptr<actors::task_log> own(conformance_world& world, std::int32_t partition);

/// A commit of these changelog rows and nothing else; `__meta` is added.
actors::commit_batch commit_of(std::vector<state::row> rows, actors::input_offsets next = {0, 0});

actors::output_record grant(const std::string& user, const std::string& value);

/// All rows that a replay gives, with the end position.
struct replayed {
  std::vector<state::row> rows;
  std::int64_t end = 0;
};
replayed replay_all(actors::task_log& log, std::optional<std::int64_t> from = {});

// The cases, by port.
std::vector<conformance_case> feed_cases();
std::vector<conformance_case> task_log_cases();
std::vector<conformance_case> catalog_cases();

} // namespace laurel::tests
