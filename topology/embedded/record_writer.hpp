#pragma once

#include "topology/embedded/log_core.hpp"

#include <optional>
#include <string_view>
#include <vector>

namespace laurel::topology::embedded {

/// Splits a run of records for one partition into batches of a size that reads well. The work of
/// building them is done by the thread that has the records, before it enters the log's queue.
class record_writer {
public:
  static constexpr std::size_t batch_bytes = 128U << 10;

  void add(std::optional<std::string_view> key, std::optional<std::string_view> value,
           const actors::headers& headers = {}) {
    if (batches_.empty() || batches_.back().size() >= batch_bytes)
      batches_.emplace_back();
    batches_.back().add(key, value, headers);
  }

  std::size_t batches() const { return batches_.size(); }

  /// Hands the records to `transaction`; only once.
  void append_to(log_transaction& transaction, slot to) && {
    for (auto& batch : batches_)
      transaction.append(to, std::move(batch));
    batches_.clear();
  }

private:
  std::vector<record_batch_builder> batches_;
};

} // namespace laurel::topology::embedded
