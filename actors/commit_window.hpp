#pragma once

#include "actors/ports.hpp"
#include "state/meta.hpp"

#include <tsl/robin_map.h>

#include <cstdint>
#include <memory>
#include <vector>

namespace laurel::actors {

/// What whole rounds have changed since the last commit was taken: the effects that the next
/// transaction writes. Plain class; owned by one partition actor.
///
/// A user who changes twice within a window is written once, with the later rows.
class commit_window {
public:
  using slot = std::uint32_t;

  /// Keeps `rows` of the user in `who`, in place of earlier versions of the same keys.
  void stage(slot who, std::vector<state::row> rows);
  void stage(output_record record);

  /// Keeps a row that is no user's own; a later one of the same key comes after it, and wins.
  void stage(state::row row);

  /// Counts input records; a window with none is not worth a transaction.
  void count_records(std::size_t records) { records_ += records; }

  std::size_t records() const { return records_; }
  std::size_t bytes() const { return bytes_; }
  bool empty() const { return records_ == 0; }

  /// Everything staged, with `meta` as its last row, and an empty window in its place.
  std::shared_ptr<const commit_batch> take(const state::task_meta& meta);

  void clear();

private:
  std::vector<std::vector<state::row>> rows_; // One entry a user.
  tsl::robin_map<slot, std::size_t> place_;   // User slot to index into rows_.
  std::vector<state::row> other_rows_;
  std::vector<output_record> outputs_;
  std::size_t records_ = 0;
  std::size_t bytes_ = 0;
};

} // namespace laurel::actors
