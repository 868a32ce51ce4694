#include "actors/takeover.hpp"

#include "schemas/base/failpoint.hpp"
#include "schemas/event_codec.hpp"

#include <fmt/format.h>

namespace laurel::actors {

namespace {

using schemas::errc;
using schemas::failure;
using schemas::result;

/// Replays the tail of the changelog into the store; returns how many rows that were.
result<std::uint64_t> restore(task_log& log, state::user_store& store) {
  const auto position = store.changelog_position();
  if (!position)
    return tl::unexpected{position.error()};
  std::uint64_t rows_restored = 0;
  const auto end = log.replay(*position, [&](std::span<const state::row> rows, std::int64_t next) {
    schemas::reach(schemas::failpoint::k13_restore);
    rows_restored += rows.size();
    return store.apply(rows, next);
  });
  if (!end)
    return tl::unexpected{end.error()};
  // Control records move the end without rows; remember it, or the next start reads them again.
  if (rows_restored == 0 && *position == *end)
    return rows_restored;
  if (auto kept = store.apply({}, *end); !kept)
    return tl::unexpected{kept.error()};
  return rows_restored;
}

result<std::shared_ptr<state::user_store>> open_empty(std::int32_t partition,
                                                      store_factory& stores) {
  if (auto moved = stores.quarantine(partition); !moved)
    return tl::unexpected{moved.error()};
  return stores.open(partition);
}

/// Opens and restores the store; once more from nothing if the first one cannot be trusted.
result<opened_task> open_store(std::int32_t partition, task_log& log, store_factory& stores,
                               store_origin begin) {
  for (const bool from_nothing : {begin == store_origin::nothing, true}) {
    auto store = from_nothing ? open_empty(partition, stores) : stores.open(partition);
    auto restored =
      store ? restore(log, **store) : result<std::uint64_t>{tl::unexpected{store.error()}};
    if (restored)
      return opened_task{std::move(*store), {}, *restored, {}};
    const bool give_up = restored.error().code != errc::corrupt || from_nothing;
    if (give_up)
      return tl::unexpected{restored.error()};
  }
  return failure(errc::corrupt, "unreachable");
}

/// Where each input is read from. `meta` is absent if this task has never committed.
result<input_offsets> agree(std::int32_t partition, const std::optional<state::task_meta>& meta,
                            const input_offsets& group, const input_offsets& first) {
  input_offsets next{};
  for (std::size_t i = 0; i < schemas::input_count; ++i) {
    const auto name = schemas::name_of(static_cast<schemas::input>(i));
    const auto ours = meta ? meta->next_offset[i] : -1;
    if (ours < 0 && group[i] >= 0)
      return failure(errc::refused,
                     fmt::format("partition {}: the group has committed offset {} of the {} topic "
                                 "but the changelog has no __meta record; state was lost. Restore "
                                 "the changelog, or reset the group's offsets to replay",
                                 partition, group[i], name));
    if (ours >= 0 && group[i] >= 0 && group[i] != ours)
      return failure(errc::refused,
                     fmt::format("partition {}: the group's committed offset {} of the {} topic "
                                 "differs from {} in __meta. Somebody moved it; set it back to {}",
                                 partition, group[i], name, ours, ours));
    next[i] = ours >= 0 ? ours : first[i];
  }
  return next;
}

result<std::optional<state::task_meta>> stored_meta(const state::user_store& store) {
  const auto bytes = store.meta();
  if (!bytes)
    return tl::unexpected{bytes.error()};
  if (!*bytes)
    return std::optional<state::task_meta>{};
  auto meta = state::decode_meta(**bytes);
  if (!meta)
    return tl::unexpected{meta.error()};
  return std::optional{std::move(*meta)};
}

result<std::vector<state::parked_user>> parked_users(const state::user_store& store) {
  const auto rows = store.scan(state::parked_users_prefix);
  if (!rows)
    return tl::unexpected{rows.error()};
  std::vector<state::parked_user> users;
  for (const auto& row : *rows) {
    auto user = state::decode_parked_user(row);
    if (!user)
      return tl::unexpected{user.error()};
    users.push_back(std::move(*user));
  }
  return users;
}

} // namespace

result<opened_task> take_over(std::int32_t partition, task_log& log, store_factory& stores,
                              store_origin begin) {
  schemas::reach(schemas::failpoint::k14_init_transactions);
  if (auto fenced = log.fence(); !fenced)
    return tl::unexpected{fenced.error()};
  const auto group = log.committed_offsets();
  if (!group)
    return tl::unexpected{group.error()};
  const auto first = log.first_offsets();
  if (!first)
    return tl::unexpected{first.error()};
  auto task = open_store(partition, log, stores, begin);
  if (!task)
    return task;
  const auto meta = stored_meta(*task->store);
  if (!meta)
    return tl::unexpected{meta.error()};
  const auto next = agree(partition, *meta, *group, *first);
  if (!next)
    return tl::unexpected{next.error()};
  auto parked = parked_users(*task->store);
  if (!parked)
    return tl::unexpected{parked.error()};
  task->parked = std::move(*parked);
  task->meta = meta->value_or(state::task_meta{});
  task->meta.next_offset = *next;
  ++task->meta.owner_epoch;
  return task;
}

} // namespace laurel::actors
