#pragma once

#include "actors/task_order.hpp"
#include "schemas/base/result.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace laurel::api {

/// A record of the dead-letter topic, and what became of it.
struct dead_letter {
  std::int32_t partition = 0; // Where the letter lies, and its name: PARTITION/OFFSET.
  std::int64_t offset = 0;
  std::int64_t at_ms = 0; // When it was written.
  std::string key;
  std::string class_name; // "undecodable", "wrong_partition", ...
  std::string code;       // Of what could not be decoded.
  std::string error;      // For people.
  std::string topic;      // Where the record first came from, also if it was sent again since.
  std::int32_t origin_partition = 0;
  std::int64_t origin_offset = 0;
  std::int64_t origin_ms = 0;
  std::uint32_t attempt = 1; // 1: never sent again.
  std::string version;       // Of the program that gave up on it.
  std::string state;         // "open", "redriven", "discarded".
  std::string value;         // The original bytes; if they were too many, their hash and length.
  bool is_whole = true;      // The original bytes.
};

/// Which letters are meant: those for which everything given here is true.
struct letter_filter {
  std::optional<std::int32_t> partition;
  std::optional<std::int64_t> offset;
  std::string class_name;
  std::string code;
  std::string topic;
  std::string key;
  bool settled_too = false; // Also those that were sent again or discarded.
  std::uint64_t limit = 100;
};

struct letter_page {
  std::vector<dead_letter> letters; // By partition and offset, at most `limit`.
  std::uint64_t matching = 0;       // All that the filter means.
};

/// How a letter is dealt with: its record is sent to its topic once more, or nothing is done.
enum class settlement : std::uint8_t { redrive, discard };

/// What became of the letters that were meant; with `is_rehearsal` nothing was written.
struct settle_outcome {
  struct left_alone {
    std::int32_t partition = 0;
    std::int64_t offset = 0;
    std::string why;
  };
  std::uint64_t settled = 0;
  std::vector<left_alone> left;
  bool is_rehearsal = false;
};

/// A user whose state cannot be used; records that came since wait, in order.
struct parked_user {
  std::int32_t partition = 0;
  std::string user_id;
  std::string reason;
  std::int64_t since_ms = 0;
  std::uint64_t records = 0;
  std::uint64_t bytes = 0;
};

/// What an operator asks of a process, beside what everyone may. Implemented by the running
/// process, by the command line when no process runs, and by the client of the control socket, so
/// that a command is written once. Every call may block; all are safe from any thread.
class operations {
public:
  virtual ~operations() = default;

  /// Gives tasks of this process an order; `partitions` empty: all. Returns those that are here;
  /// `laurel status` tells when it is done. `reason` is shown for a pause.
  [[nodiscard]] virtual schemas::result<std::vector<std::int32_t>>
  order_tasks(const std::vector<std::int32_t>& partitions, actors::task_order what,
              const std::string& reason) = 0;

  [[nodiscard]] virtual schemas::result<letter_page> letters(const letter_filter& which) = 0;

  /// Settles what `which` means, all of it or nothing, in one transaction. A letter that is settled
  /// already is not meant, so doing it twice does it once.
  [[nodiscard]] virtual schemas::result<settle_outcome>
  settle_letters(const letter_filter& which, settlement how, bool is_rehearsal) = 0;

  /// Of the tasks that run here.
  [[nodiscard]] virtual schemas::result<std::vector<parked_user>> parked_users() = 0;

  /// Evaluates what waits for the user; returns how many records that were, once it is committed.
  /// Fails with `refused` and the reason if the user stays parked.
  [[nodiscard]] virtual schemas::result<std::uint64_t> unpark(const std::string& user_id) = 0;
};

} // namespace laurel::api
