#include "topology/embedded/retention.hpp"

#include <algorithm>
#include <map>
#include <optional>

namespace laurel::topology::embedded {

namespace {

/// A partition's oldest batches, as far as they may be dropped.
struct candidate {
  slot where;
  std::int64_t oldest_ms = 0;
  std::int64_t below = 0; // Offset up to which a drop would go.
  std::int64_t bytes = 0; // What that frees.
};

/// One drop frees about a 32nd of what is kept, so that retention works in few, whole ranges.
constexpr std::uint64_t drops_per_retention = 32;

std::int64_t droppable_below(const log_core& core, slot where) {
  const auto state = core.state_of(where);
  if (!is_input(where.of))
    return state.next_offset;
  const auto input = std::find(input_topics.begin(), input_topics.end(), where.of);
  return core.committed(where.partition)[static_cast<std::size_t>(input - input_topics.begin())];
}

schemas::result<std::optional<candidate>> oldest_of(const log_core& core, slot where,
                                                    std::size_t bytes) {
  const auto limit = droppable_below(core, where);
  const auto run = core.read(where, core.state_of(where).first_offset, bytes);
  if (!run)
    return tl::unexpected(run.error());
  candidate found{where, 0, 0, 0};
  for (std::size_t i = 0; i < run->batches.size() && run->keys[i] < limit; ++i) {
    if (i == 0) {
      const auto reader = record_batch_reader::open(run->batches[i]);
      if (!reader)
        return tl::unexpected(reader.error());
      found.oldest_ms = reader->header().base_time_ms;
    }
    found.below = run->keys[i] + 1;
    found.bytes += static_cast<std::int64_t>(run->batches[i].size());
  }
  if (found.bytes == 0)
    return std::nullopt;
  return found;
}

schemas::result<std::optional<candidate>> oldest(const log_core& core, std::size_t bytes) {
  std::optional<candidate> best;
  for (const auto which : all_topics) {
    for (std::int32_t partition = 0;
         !is_compacted(which) && partition < partitions_of(which, core.partitions()); ++partition) {
      const auto found = oldest_of(core, {which, partition}, bytes);
      if (!found)
        return found;
      if (*found && (!best || (*found)->oldest_ms < best->oldest_ms))
        best = **found;
    }
  }
  return best;
}

} // namespace

schemas::result<void> drop_oldest(log_core& core, const std::atomic<bool>& stop) {
  const auto keep = core.settings().retention_bytes;
  if (keep == 0)
    return {};
  const auto step =
    static_cast<std::size_t>(std::max<std::uint64_t>(1, keep / drops_per_retention));
  std::map<slot, std::int64_t> dropped;
  while (!stop && core.retained_bytes() > static_cast<std::int64_t>(keep)) {
    const auto found = oldest(core, step);
    if (!found)
      return tl::unexpected(found.error());
    if (!*found)
      break;
    const auto& drop = **found;
    const auto done = core.write(log_core::purpose::upkeep, [&](log_transaction& transaction) {
      transaction.drop_below(drop.where, drop.below, drop.bytes);
      return schemas::result<void>{};
    });
    if (!done)
      return done;
    dropped[drop.where] = drop.below;
  }
  for (const auto& [where, below] : dropped)
    core.reclaim(where, below);
  return {};
}

} // namespace laurel::topology::embedded
