#include "topology/rocks_stores.hpp"

#include <string>
#include <utility>

namespace laurel::topology {

rocks_stores::rocks_stores(std::filesystem::path directory,
                           std::shared_ptr<const state::rocks_budget> budget,
                           actors::journal* journal, state::rocks_store_settings settings)
    : directory_(std::move(directory)),
      budget_(std::move(budget)),
      journal_(journal),
      settings_(std::move(settings)) {}

schemas::result<std::shared_ptr<state::user_store>> rocks_stores::open(std::int32_t partition) {
  std::error_code bad;
  std::filesystem::create_directories(directory_, bad);
  if (bad)
    return schemas::failure(schemas::errc::refused, "cannot make the state directory "
                                                      + directory_.string() + ": " + bad.message());
  auto store = state::rocks_store::open(path_of(partition), budget_, settings_);
  if (!store)
    return tl::unexpected{store.error()};
  return std::shared_ptr<state::user_store>{std::move(*store)};
}

schemas::result<void> rocks_stores::quarantine(std::int32_t partition) {
  const auto moved = state::quarantine_store(path_of(partition));
  if (!moved)
    return tl::unexpected{moved.error()};
  journal_->note(actors::severity::error, "store quarantined, rebuilding from the changelog",
                 {{"partition", std::to_string(partition)}, {"moved_to", moved->string()}});
  return {};
}

std::filesystem::path rocks_stores::path_of(std::int32_t partition) const {
  return directory_ / std::to_string(partition);
}

} // namespace laurel::topology
