#pragma once

#include "state/storage/rocks_budget.hpp"

#include <rocksdb/cache.h>
#include <rocksdb/options.h>
#include <rocksdb/write_buffer_manager.h>

#include <cstddef>
#include <memory>

namespace laurel::state {

struct rocks_budget::shared {
  std::shared_ptr<rocksdb::Cache> cache;
  std::shared_ptr<rocksdb::WriteBufferManager> write_buffers;
};

/// What every RocksDB of ours has in common: the shared memory, bounded files and log files, few
/// background jobs, one column family.
rocksdb::Options common_options(const rocks_budget& budget, std::size_t write_buffer_bytes);

/// Options of a task's store: small values that are overwritten often, read by whole key and by
/// user. Its log is the changelog, so it writes none of its own.
rocksdb::Options store_options(const rocks_budget& budget, std::size_t write_buffer_bytes);

} // namespace laurel::state
