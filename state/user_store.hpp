#pragma once

#include "schemas/base/result.hpp"
#include "state/row.hpp"
#include "state/timer.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace laurel::state {

/// All committed rows of one user, the core record first; empty for a user without state.
using user_rows = std::vector<row>;

/// The committed state of one task. It only ever holds what Kafka has committed, so it can lie
/// behind the changelog and never ahead of it.
///
/// All calls may block on a disk and are safe from several threads at once; one thread at a time
/// may call `apply`. Errors: `transient` (try again, e.g. the disk is full), `corrupt`
/// (quarantine).
class user_store {
public:
  virtual ~user_store() = default;

  /// The changelog offset from which replay goes on; nothing if the store is new.
  [[nodiscard]] virtual schemas::result<std::optional<std::int64_t>> changelog_position() const = 0;

  /// The last applied `__meta` value; nothing if the store is new.
  [[nodiscard]] virtual schemas::result<std::optional<std::string>> meta() const = 0;

  /// Rows of each of `user_ids`, in the same order. One MultiGet for all core records, then a
  /// prefix scan only for users whose core record says that they have more rows.
  [[nodiscard]] virtual schemas::result<std::vector<user_rows>>
  read(std::span<const std::string> user_ids) const = 0;

  /// The values of single rows, in the order of `keys`.
  [[nodiscard]] virtual schemas::result<std::vector<std::optional<std::string>>>
  values(std::span<const std::string> keys) const = 0;

  /// Timers of the index, the earliest first.
  [[nodiscard]] virtual schemas::result<due_timers> due(const timer_query& query) const = 0;

  /// All rows whose key begins with `prefix`, in key order. For rare questions: it costs as much as
  /// sorting what is in memory.
  [[nodiscard]] virtual schemas::result<std::vector<row>> scan(std::string_view prefix) const = 0;

  /// Applies rows and the new changelog position atomically. A row with key `__meta` is the meta
  /// record.
  [[nodiscard]] virtual schemas::result<void> apply(std::span<const row> rows,
                                                    std::int64_t changelog_position) = 0;

  /// Visits every row in key order, the position excluded. For tools and tests.
  [[nodiscard]] virtual schemas::result<void> for_each(
    const std::function<void(std::string_view key, std::string_view value)>& visit) const = 0;

  /// Makes everything applied so far survive a crash (flushes memtables).
  [[nodiscard]] virtual schemas::result<void> flush() = 0;
};

/// Whether a core record says that its user has rows besides it. The first byte of every core
/// record is a format version, the second holds flags.
bool has_more_rows(std::string_view core_value);

} // namespace laurel::state
