#pragma once

#include "api/control_client.hpp"
#include "api/gateway.hpp"
#include "api/route_table.hpp"
#include "state/catalogue.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace laurel::api {

/// What became of a file of entries. With faults, nothing has changed.
struct catalogue_change {
  std::uint64_t written = 0; // Entries that were not there in this form.
  std::uint64_t unchanged = 0;
  std::vector<state::rules::rule_fault> faults;
};

/// Badges, series and categories as people are shown them. The running process implements it,
/// `remote_catalogue_desk` over its socket, and the command line without a process. Calls may
/// block; safe from any thread.
class catalogue_desk {
public:
  virtual ~catalogue_desk() = default;

  /// Validates first, references included; then writes all of it at once. Nothing is ever taken
  /// away: an entry that is over has the state "retired".
  [[nodiscard]] virtual schemas::result<catalogue_change> publish(const std::string& json) = 0;

  /// By kind and id.
  [[nodiscard]] virtual schemas::result<std::vector<state::catalogue_entry>> entries() = 0;
};

/// Handlers of /api/v1/catalogue, for the control socket alone.
void add_catalogue_desk(handlers& to, gateway& pipeline);

/// Handlers of /api/v1/badges, /series and /categories, for the network: nothing hidden is listed.
void add_badges(handlers& to, gateway& pipeline);

/// The desk of another process.
class remote_catalogue_desk final : public catalogue_desk {
public:
  explicit remote_catalogue_desk(control_client& client) : client_(client) {}

  schemas::result<catalogue_change> publish(const std::string& json) override;
  schemas::result<std::vector<state::catalogue_entry>> entries() override;

private:
  control_client& client_;
};

/// {"entries": [{"kind", "document"}]}
std::string shown(const std::vector<state::catalogue_entry>& entries);

/// {"badges": [...]}: what rules in force can grant and what the catalogue has and does not hide,
/// by id. With `locale` each has a `name` and a `description` for such a reader.
std::string badge_list(const std::vector<rule_summary>& rules,
                       const std::vector<state::catalogue_entry>& entries, std::string_view locale);

/// {"series": [...]} or {"categories": [...]}.
std::string entry_list(state::catalogue_kind kind,
                       const std::vector<state::catalogue_entry>& entries, std::string_view locale);

} // namespace laurel::api
