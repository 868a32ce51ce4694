#include "topology/embedded/embedded_letters.hpp"

#include "topology/embedded/record_writer.hpp"

#include <map>
#include <optional>
#include <utility>

namespace laurel::topology::embedded {

schemas::result<void> embedded_letters::visit(std::int32_t partition, const visitor& see) {
  return records_.visit(stream::dlq, partition, see);
}

schemas::result<void> embedded_letters::settle(std::span<const letter_settlement> what) {
  std::map<slot, record_writer> writers;
  for (const auto& one : what) {
    writers[{topic::dlq, one.partition}].add(one.key, std::nullopt, one.note);
    if (one.again)
      writers[{topic_of(one.again->to), one.again->partition}].add(one.key, one.again->value,
                                                                   one.again->headers);
  }
  return core_->write(log_core::purpose::ingest, [&](log_transaction& transaction) {
    for (auto& [where, writer] : writers)
      std::move(writer).append_to(transaction, where);
    return schemas::result<void>{};
  });
}

} // namespace laurel::topology::embedded
