#include "topology/event_export.hpp"

#include "state/storage/directory_lock.hpp"
#include "topology/open_log.hpp"

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace laurel::topology {

namespace {

/// JSON has line breaks between its tokens alone, where a space does as well.
std::string as_line(std::string value) {
  std::replace(value.begin(), value.end(), '\n', ' ');
  std::replace(value.begin(), value.end(), '\r', ' ');
  return value;
}

} // namespace

schemas::result<void> export_events(const settings& values, std::span<const schemas::input> inputs,
                                    std::ostream& out, actors::journal& journal) {
  std::optional<state::directory_lock> lock;
  if (values.is_embedded()) {
    auto taken = state::directory_lock::acquire(values.directory());
    if (!taken)
      return tl::unexpected{taken.error()};
    lock = std::move(*taken);
  }
  auto budget = std::make_shared<const state::rocks_budget>(values.memory_budget_bytes);
  const auto log = open_log(values, std::move(budget), &journal);
  if (!log)
    return tl::unexpected{log.error()};
  for (const auto input : inputs) {
    for (std::int32_t partition = 0; partition < log->bundle->partition_count(); ++partition) {
      const auto read = log->bundle->records().visit(
        stream_of(input), partition,
        [&out](const stored_record& record) { out << as_line(record.value) << '\n'; });
      if (!read)
        return read;
    }
  }
  return {};
}

} // namespace laurel::topology
