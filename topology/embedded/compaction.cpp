#include "topology/embedded/compaction.hpp"

#include "topology/embedded/record_writer.hpp"

#include <tsl/robin_map.h>

#include <algorithm>
#include <mutex>
#include <string>
#include <utility>

namespace laurel::topology::embedded {

namespace {

constexpr std::size_t read_bytes = 1U << 20;

/// Keys of one pass; what is beyond waits for the next one. About 100 bytes each.
constexpr std::size_t keys_max = 1'000'000;

struct plan {
  tsl::robin_map<std::string, std::int64_t> last_offset; // Of each key below `end`.
  std::int64_t end = 0;
  std::int64_t drop_tombstones_before_ms = 0;
};

using visitor = std::function<schemas::result<bool>(const stored_run& run)>;

/// Calls `visit` for runs of whole batches from the beginning to `end`, until it returns false.
schemas::result<void> for_runs(const log_core& core, slot where, std::int64_t end,
                               const visitor& visit) {
  auto next = core.state_of(where).first_offset;
  while (next < end) {
    const auto run = core.read(where, next, read_bytes);
    if (!run)
      return tl::unexpected(run.error());
    const auto go_on = visit(*run);
    if (!go_on)
      return tl::unexpected(go_on.error());
    if (!*go_on)
      break;
    next = run->next_offset;
  }
  return {};
}

schemas::result<plan> make_plan(const log_core& core, slot where, const std::atomic<bool>& stop) {
  plan made;
  const auto state = core.state_of(where);
  made.end = state.first_offset;
  made.drop_tombstones_before_ms = state.last_append_ms - core.settings().tombstone_retention_ms;
  const auto seen =
    for_runs(core, where, state.next_offset, [&](const stored_run& run) -> schemas::result<bool> {
      for (const auto& batch : run.batches) {
        const auto read = visit_records(batch, 0, [&](const record_view& record) {
          made.last_offset[std::string(record.key.value_or(std::string_view{}))] = record.offset;
          return true;
        });
        if (!read)
          return tl::unexpected(read.error());
      }
      made.end = run.next_offset;
      return !stop && made.last_offset.size() < keys_max;
    });
  if (!seen)
    return tl::unexpected(seen.error());
  return made;
}

/// What one run becomes.
struct cleaned_run {
  log_transaction::replacement replacement;
  std::int64_t records_gone = 0;
  std::int64_t tombstones_to = 0; // Offset after the last deletion that went.
};

schemas::result<cleaned_run> clean_run(const stored_run& run, const plan& by) {
  cleaned_run out;
  record_batch_builder kept;
  std::optional<record_view> first;
  const auto keep = [&](const record_view& record) {
    const auto last = by.last_offset.find(std::string(record.key.value_or(std::string_view{})));
    // A run may reach into what was appended since the plan was made.
    const bool is_last = record.offset >= by.end || last->second == record.offset;
    const bool expired = !record.value && record.append_time_ms < by.drop_tombstones_before_ms;
    if (is_last && expired)
      out.tombstones_to = record.offset + 1;
    return is_last && !expired;
  };
  for (const auto& batch : run.batches) {
    out.replacement.bytes_before += static_cast<std::int64_t>(batch.size());
    const auto read = visit_records(batch, 0, [&](const record_view& record) {
      if (!keep(record)) {
        ++out.records_gone;
        return true;
      }
      if (!first)
        first = record;
      kept.add_at(record.offset - first->offset, record.append_time_ms - first->append_time_ms,
                  record);
      return true;
    });
    if (!read)
      return tl::unexpected(read.error());
  }
  out.replacement.first_key = run.keys.front();
  out.replacement.last_key = run.keys.back();
  if (first)
    out.replacement.batch = std::move(kept).finish(first->offset, first->append_time_ms);
  return out;
}

schemas::result<void> replace_run(log_core& core, slot where, cleaned_run by) {
  // A replay that has seen a value must see its deletion too, so deletions wait for it to end.
  std::unique_lock replays(core.replays(), std::defer_lock);
  if (by.tombstones_to > 0)
    replays.lock();
  return core.write(log_core::purpose::upkeep, [&](log_transaction& transaction) {
    transaction.replace(where, by.replacement);
    auto state = transaction.state_of(where);
    state.tombstones_from = std::max(state.tombstones_from, by.tombstones_to);
    transaction.set_state(where, state);
    return schemas::result<void>{};
  });
}

} // namespace

schemas::result<void> compact(log_core& core, slot where, const std::atomic<bool>& stop) {
  const auto before = core.state_of(where);
  const auto fresh_bytes = before.bytes - before.cleaned_bytes;
  const auto worth = static_cast<std::int64_t>(core.settings().clean_bytes_min);
  if (fresh_bytes < std::max(worth, before.cleaned_bytes))
    return {};
  const auto made = make_plan(core, where, stop);
  if (!made)
    return tl::unexpected(made.error());
  const auto rewritten =
    for_runs(core, where, made->end, [&](const stored_run& run) -> schemas::result<bool> {
      auto cleaned = clean_run(run, *made);
      if (!cleaned)
        return tl::unexpected(cleaned.error());
      if (cleaned->records_gone > 0) {
        if (auto done = replace_run(core, where, std::move(*cleaned)); !done)
          return tl::unexpected(done.error());
      }
      return !stop;
    });
  if (!rewritten || stop)
    return rewritten;
  return core.write(log_core::purpose::upkeep, [&](log_transaction& transaction) {
    auto state = transaction.state_of(where);
    state.cleaned_to = made->end;
    state.cleaned_bytes = state.bytes;
    transaction.set_state(where, state);
    return schemas::result<void>{};
  });
}

} // namespace laurel::topology::embedded
