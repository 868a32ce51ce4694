#pragma once

#include "actors/journal.hpp"
#include "actors/store_directory.hpp"
#include "state/storage/rocks_budget.hpp"
#include "state/storage/rocks_store.hpp"

#include <filesystem>
#include <memory>

namespace laurel::topology {

/// Opens the store of task p in `directory`/p. All stores share one memory budget.
class rocks_stores final : public actors::store_factory {
public:
  rocks_stores(std::filesystem::path directory, std::shared_ptr<const state::rocks_budget> budget,
               actors::journal* journal, state::rocks_store_settings settings = {});

  schemas::result<std::shared_ptr<state::user_store>> open(std::int32_t partition) override;
  schemas::result<void> quarantine(std::int32_t partition) override;

private:
  std::filesystem::path path_of(std::int32_t partition) const;

  std::filesystem::path directory_;
  std::shared_ptr<const state::rocks_budget> budget_;
  actors::journal* journal_;
  state::rocks_store_settings settings_;
};

} // namespace laurel::topology
