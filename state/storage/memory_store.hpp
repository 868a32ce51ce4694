#pragma once

#include "state/user_store.hpp"

#include <map>
#include <shared_mutex>

namespace laurel::state {

/// A store in memory, for tests and for tools that need no disk. It keeps every promise of
/// `user_store` but survival.
class memory_store final : public user_store {
public:
  schemas::result<std::optional<std::int64_t>> changelog_position() const override;
  schemas::result<std::optional<std::string>> meta() const override;
  schemas::result<std::vector<user_rows>>
  read(std::span<const std::string> user_ids) const override;
  schemas::result<std::vector<std::optional<std::string>>>
  values(std::span<const std::string> keys) const override;
  schemas::result<due_timers> due(const timer_query& query) const override;
  schemas::result<std::vector<row>> scan(std::string_view prefix) const override;
  schemas::result<void> apply(std::span<const row> rows, std::int64_t changelog_position) override;
  schemas::result<void> for_each(
    const std::function<void(std::string_view key, std::string_view value)>& visit) const override;
  schemas::result<void> flush() override;

private:
  user_rows rows_of(const std::string& user_id) const;

  mutable std::shared_mutex mutex_;
  std::map<std::string, std::string, std::less<>> rows_;
  std::optional<std::int64_t> position_;
};

} // namespace laurel::state
