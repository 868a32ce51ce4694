#pragma once

#include "schemas/base/result.hpp"
#include "schemas/event.hpp"
#include "state/row.hpp"

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// What the pipeline needs from outside. Kafka and the embedded log implement these; tests replace
/// them with strict fakes. No type of a client library appears here.
namespace laurel::actors {

// -- what goes in ---------------------------------------------------------------

using headers = std::vector<std::pair<std::string, std::string>>;

/// One consumed record. Bytes are borrowed from the batch that holds it.
struct log_record {
  std::int64_t offset = 0;
  std::int64_t append_time_ms = 0; // When the log took it, by the log's clock.
  std::string_view key;
  bool has_key = false;
  std::string_view value;
  bool has_value = false;
  std::string_view traceparent; // W3C trace context header, empty if there is none.
  std::string_view redriven;    // schemas::redriven_header, empty if it was never a dead letter.
};

/// Records of one input of one partition, in offset order. Adapters derive from it to keep the
/// bytes alive; it is immutable once delivered, and shared.
struct input_batch {
  virtual ~input_batch() = default;

  std::int32_t partition = 0;
  std::uint64_t session = 0; // What the `feed::start` that these records are read for returned.
  schemas::input from = schemas::input::engagement;
  std::int64_t next_offset = 0;    // Offset after the last record: where to read on.
  bool at_end = false;             // Nothing more was there when this was read.
  std::size_t bytes = 0;           // Sum of key and value sizes: what the batch costs in credit.
  std::vector<log_record> records; // May be empty if `at_end` is news.
};

/// Whom the feed tells. Called by the feed's own thread; must not block, except `on_revoked`.
class feed_listener {
public:
  virtual ~feed_listener() = default;

  /// These partitions are ours now. Nothing is delivered for one before `feed::start` names it.
  virtual void on_assigned(std::span<const std::int32_t> partitions) = 0;

  /// These are about to be someone else's (`lost` = already are: no commit may be tried). Returns
  /// when their tasks have committed or aborted and let go, within the feed's revoke deadline.
  virtual void on_revoked(std::span<const std::int32_t> partitions, bool lost) = 0;

  virtual void on_records(std::shared_ptr<const input_batch> batch) = 0;

  /// The feed cannot go on; `why.code` is `fenced` (another process has our identity) or `refused`.
  virtual void on_feed_failed(const schemas::error& why) = 0;
};

/// Offsets to read from next, per input.
using input_offsets = std::array<std::int64_t, schemas::input_count>;

/// Delivers records of the assigned partitions. All calls are safe from any thread and return at
/// once; they take effect on the feed's own thread, in the order they were made.
class feed {
public:
  virtual ~feed() = default;

  /// Joins, and begins to call `listener` from a thread of its own. Called once.
  virtual void run(feed_listener& listener) = 0;

  /// Reads `partition` from `offsets`, dropping what was fetched before. Also used to rewind.
  /// Returns a number, greater than any before, that every batch read for this start carries as its
  /// `session`: a batch of an earlier start can still be in a mailbox, and is told apart by it.
  virtual std::uint64_t start(std::int32_t partition, const input_offsets& offsets) = 0;

  /// No deliveries for `partition` until the next `start`.
  virtual void stop(std::int32_t partition) = 0;

  /// Gives back the credit of a delivered batch; called exactly once for each, also for one that is
  /// dropped (`start` gives no credit back). The feed pauses an input that is out of credit, and
  /// its neighbours go on.
  virtual void release(std::int32_t partition, schemas::input from, std::size_t bytes) = 0;

  /// The number of records not yet delivered, as far as it is known; for `laurel status`.
  virtual std::int64_t lag(std::int32_t partition, schemas::input from) const = 0;

  /// Leaves the group and ends the thread; `on_revoked` is called for what is still assigned.
  virtual void close() = 0;
};

// -- what comes out --------------------------------------------------------------

enum class output : std::uint8_t { grants, dlq, late, notifications, trials };
inline constexpr std::size_t output_count = 5;

/// A record for one of the output topics, to the task's own partition (dlq: see stream_map).
struct output_record {
  output to = output::grants;
  std::string key;
  std::string value;
  actors::headers headers;
};

/// Everything one transaction writes.
struct commit_batch {
  std::vector<output_record> outputs;
  std::vector<state::row> rows;      // Changelog records, the `__meta` row last.
  input_offsets next_offset{};       // What the group's committed offsets become.
  actors::headers changelog_headers; // "epoch".
};

/// How a commit ended. Everything but `committed` means: drop the task's memory and reopen it.
struct commit_outcome {
  enum class kind { committed, aborted, fenced } what = kind::aborted;
  std::int64_t changelog_position = 0;          // Committed: replay goes on from here.
  std::string reason;                           // Otherwise: why, for people.
  schemas::errc cause = schemas::errc::aborted; // Otherwise: what it takes to go on.
};

/// Receives changelog records in order; returns an error to end the replay.
using replay_sink = std::function<schemas::result<void>(std::span<const state::row> rows,
                                                        std::int64_t next_position)>;

/// One task's side of the log. Every call may block; used by one thread, the task's committer.
/// The destructor ends an open transaction as aborted.
class task_log {
public:
  virtual ~task_log() = default;

  /// Fences every earlier owner of this task and ends its open transaction (`init_transactions`).
  [[nodiscard]] virtual schemas::result<void> fence() = 0;

  /// The group's committed offsets, stable; -1 where there is none.
  [[nodiscard]] virtual schemas::result<input_offsets> committed_offsets() = 0;

  /// The first and the next offset of each input; where an input without any position begins.
  [[nodiscard]] virtual schemas::result<input_offsets> first_offsets() = 0;

  /// Replays the committed changelog of this partition from `position` (nothing: its beginning) to
  /// its end as of now, told by the end itself and never by a count. Returns the position after
  /// the last record. Fails with `corrupt` if `position` lies past the end, or before what the log
  /// remembers deletions of (the store has to be rebuilt), and with `refused` if the log itself has
  /// lost records, so that nothing could be rebuilt from it.
  [[nodiscard]] virtual schemas::result<std::int64_t> replay(std::optional<std::int64_t> position,
                                                             const replay_sink& sink) = 0;

  /// Writes `batch` as one transaction. An unknown outcome is settled inside (by fencing ourselves
  /// and reading back), so that the answer is always a fact.
  [[nodiscard]] virtual commit_outcome commit(const commit_batch& batch) = 0;
};

/// Makes task logs; safe from any thread.
class task_log_factory {
public:
  virtual ~task_log_factory() = default;
  [[nodiscard]] virtual schemas::result<std::unique_ptr<task_log>> open(std::int32_t partition) = 0;
};

// -- the catalog --------------------------------------------------------------------

/// One record of `badge.catalog`, whose keys are "rule/<id>/<version>" (a document, never
/// overwritten) and "rule/<id>" (the head: which version is in force, which is tried;
/// catalog_view).
struct catalog_record {
  std::string key;
  std::optional<std::string> value; // Absent: deleted.
  std::int64_t next_position = 0;
};

/// Follows and appends to the compacted catalog topic.
class catalog_log {
public:
  virtual ~catalog_log() = default;

  /// Calls `sink` for every record from the beginning, then for each new one, from a thread of its
  /// own; `caught_up` once, when the end as of the start has been reached.
  virtual void follow(std::function<void(const catalog_record&)> sink,
                      std::function<void()> caught_up) = 0;

  /// Appends atomically; durable when it returns. May block; any thread.
  [[nodiscard]] virtual schemas::result<void>
  append(std::span<const std::pair<std::string, std::string>> records) = 0;

  /// Ends the follower's thread.
  virtual void close() = 0;
};

/// Appends input records, for ingest and `events send`. May block; any thread.
class event_appender {
public:
  virtual ~event_appender() = default;

  struct record {
    schemas::input to = schemas::input::engagement;
    std::string user_id; // The key; the partition follows from it (murmur2).
    std::string value;
    actors::headers headers{};
  };

  /// Durable for all records when it returns without an error.
  [[nodiscard]] virtual schemas::result<void> append(std::span<const record> records) = 0;
};

} // namespace laurel::actors
