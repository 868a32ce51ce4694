#pragma once

#include "actors/catalog_view.hpp"
#include "actors/ports.hpp"
#include "api/catalogue_desk.hpp"

#include <functional>
#include <mutex>
#include <string>
#include <vector>

namespace laurel::topology {

/// Badges, series and categories in the catalog topic, beside the rules. Reads through a view that
/// somebody else keeps up to date, as `rule_catalog` does. Safe from any thread.
class badge_catalogue final : public api::catalogue_desk {
public:
  using look = std::function<void(const std::function<void(const actors::catalog_view&)>&)>;

  /// All of it outlives the catalogue; `ready` is asked before each call.
  badge_catalogue(actors::catalog_log& log, look at_view,
                  std::function<schemas::result<void>()> ready)
      : log_(log), look_(std::move(at_view)), ready_(std::move(ready)) {}

  schemas::result<api::catalogue_change> publish(const std::string& json) override;
  schemas::result<std::vector<state::catalogue_entry>> entries() override;

private:
  using entry_map = actors::catalog_view::entry_map;

  entry_map known() const;

  actors::catalog_log& log_;
  const look look_;
  const std::function<schemas::result<void>()> ready_;
  std::mutex mutex_; // One publisher at a time.
};

} // namespace laurel::topology
