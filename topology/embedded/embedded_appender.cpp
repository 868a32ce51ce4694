#include "topology/embedded/embedded_appender.hpp"

#include "schemas/partitioner.hpp"
#include "topology/embedded/record_writer.hpp"

#include <map>
#include <utility>

namespace laurel::topology::embedded {

namespace {

constexpr std::size_t chunk_bytes_max = 8U << 20; // In memory at once, and one atomic write.

} // namespace

schemas::result<void> embedded_appender::append(std::span<const record> records) {
  std::size_t first = 0;
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < records.size(); ++i) {
    bytes += records[i].user_id.size() + records[i].value.size();
    if (bytes < chunk_bytes_max && i + 1 < records.size())
      continue;
    if (auto done = append_chunk(records.subspan(first, i + 1 - first)); !done)
      return done;
    first = i + 1;
    bytes = 0;
  }
  return {};
}

schemas::result<void> embedded_appender::append_chunk(std::span<const record> records) {
  std::map<slot, record_writer> writers;
  for (const auto& each : records) {
    const auto partition = schemas::partition_of(each.user_id, core_->partitions());
    writers[{topic_of(each.to), partition}].add(each.user_id, each.value, each.headers);
  }
  return core_->write(log_core::purpose::ingest, [&](log_transaction& transaction) {
    for (auto& [where, writer] : writers)
      std::move(writer).append_to(transaction, where);
    return schemas::result<void>{};
  });
}

} // namespace laurel::topology::embedded
