#include "topology/badge_catalogue.hpp"

#include "topology/rule_catalog.hpp"

#include <algorithm>
#include <utility>

namespace laurel::topology {

namespace {

using schemas::result;
using state::catalogue_entry;
using state::catalogue_kind;

std::string text_of(catalogue_kind kind, const std::string& id) {
  return std::string(state::name_of(kind)) + " \"" + id + "\"";
}

/// Categories and series that entries name have to be there; a series may name badges that the
/// catalogue does not describe.
std::vector<state::rules::rule_fault> missing_of(const std::vector<catalogue_entry>& entries,
                                                 const actors::catalog_view::entry_map& all) {
  std::vector<state::rules::rule_fault> faults;
  for (const auto& entry : entries) {
    for (const auto& [kind, id] : entry.needs) {
      if (kind != catalogue_kind::badge && !all.contains({kind, id}))
        faults.push_back({"", text_of(entry.kind, entry.id) + " names the " + text_of(kind, id)
                                + ", which there is not"});
    }
  }
  return faults;
}

} // namespace

result<api::catalogue_change> badge_catalogue::publish(const std::string& json) {
  auto read = state::read_catalogue(json);
  api::catalogue_change change;
  change.faults = std::move(read.faults);
  if (!change.faults.empty())
    return change;
  if (auto is_ready = ready_(); !is_ready)
    return tl::unexpected(is_ready.error());
  const std::lock_guard lock{mutex_};
  auto all = known();
  std::vector<std::pair<std::string, std::string>> records;
  for (const auto& entry : read.entries) {
    auto& here = all[{entry.kind, entry.id}];
    if (here == entry) {
      ++change.unchanged;
      continue;
    }
    here = entry;
    records.emplace_back(actors::entry_key(entry.kind, entry.id), entry.document);
  }
  change.faults = missing_of(read.entries, all);
  if (!change.faults.empty())
    return change;
  change.written = records.size();
  if (records.empty())
    return change;
  if (auto done = log_.append(records); !done)
    return tl::unexpected(done.error());
  wait_for_view([&] {
    bool is_told = false;
    look_([&](const actors::catalog_view& view) {
      is_told = std::ranges::all_of(read.entries, [&](const auto& entry) {
        const auto at = view.entries().find({entry.kind, entry.id});
        return at != view.entries().end() && at->second == entry;
      });
    });
    return is_told;
  });
  return change;
}

result<std::vector<catalogue_entry>> badge_catalogue::entries() {
  if (auto is_ready = ready_(); !is_ready)
    return tl::unexpected(is_ready.error());
  std::vector<catalogue_entry> all;
  for (auto& [key, entry] : known())
    all.push_back(entry);
  return all;
}

badge_catalogue::entry_map badge_catalogue::known() const {
  entry_map found;
  look_([&](const actors::catalog_view& view) { found = view.entries(); });
  return found;
}

} // namespace laurel::topology
