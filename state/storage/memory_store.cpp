#include "state/storage/memory_store.hpp"

#include <mutex>

namespace laurel::state {

schemas::result<std::optional<std::int64_t>> memory_store::changelog_position() const {
  const std::shared_lock lock(mutex_);
  return position_;
}

schemas::result<std::optional<std::string>> memory_store::meta() const {
  const std::shared_lock lock(mutex_);
  const auto found = rows_.find(meta_key);
  if (found == rows_.end())
    return std::nullopt;
  return found->second;
}

user_rows memory_store::rows_of(const std::string& user_id) const {
  const auto core = rows_.find(core_key(user_id));
  if (core == rows_.end())
    return {};
  user_rows rows{{core->first, core->second}};
  if (!has_more_rows(core->second))
    return rows;
  const auto prefix = user_prefix(user_id);
  for (auto at = rows_.lower_bound(prefix); at != rows_.end() && at->first.starts_with(prefix);
       ++at) {
    if (at != core)
      rows.push_back({at->first, at->second});
  }
  return rows;
}

schemas::result<std::vector<user_rows>>
memory_store::read(std::span<const std::string> user_ids) const {
  const std::shared_lock lock(mutex_);
  std::vector<user_rows> users;
  users.reserve(user_ids.size());
  for (const auto& user_id : user_ids)
    users.push_back(rows_of(user_id));
  return users;
}

schemas::result<std::vector<std::optional<std::string>>>
memory_store::values(std::span<const std::string> keys) const {
  const std::shared_lock lock(mutex_);
  std::vector<std::optional<std::string>> found;
  for (const auto& key : keys) {
    const auto at = rows_.find(key);
    found.push_back(at != rows_.end() ? std::optional(at->second) : std::nullopt);
  }
  return found;
}

schemas::result<due_timers> memory_store::due(const timer_query& query) const {
  const std::shared_lock lock(mutex_);
  timer_scan scan(query);
  for (auto at = rows_.lower_bound(scan.first_key()); at != rows_.end() && scan.take(at->first);
       ++at) {
  }
  return scan.answer();
}

schemas::result<std::vector<row>> memory_store::scan(std::string_view prefix) const {
  const std::shared_lock lock(mutex_);
  std::vector<row> found;
  for (auto at = rows_.lower_bound(prefix); at != rows_.end() && at->first.starts_with(prefix);
       ++at)
    found.push_back({at->first, at->second});
  return found;
}

schemas::result<void> memory_store::apply(std::span<const row> rows,
                                          std::int64_t changelog_position) {
  const std::unique_lock lock(mutex_);
  for (const auto& each : rows) {
    if (each.value)
      rows_.insert_or_assign(each.key, *each.value);
    else
      rows_.erase(each.key);
  }
  position_ = changelog_position;
  return {};
}

schemas::result<void> memory_store::for_each(
  const std::function<void(std::string_view key, std::string_view value)>& visit) const {
  const std::shared_lock lock(mutex_);
  for (const auto& [key, value] : rows_)
    visit(key, value);
  return {};
}

schemas::result<void> memory_store::flush() {
  return {};
}

} // namespace laurel::state
