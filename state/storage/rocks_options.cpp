#include "state/storage/rocks_options.hpp"

#include <rocksdb/filter_policy.h>
#include <rocksdb/memtablerep.h>
#include <rocksdb/slice_transform.h>
#include <rocksdb/table.h>

#include <algorithm>

namespace laurel::state {

namespace {

constexpr int open_files_max = 64;       // Per store; the table cache holds the hot ones.
constexpr std::size_t log_files_max = 2; // RocksDB's own LOG files, for people.
constexpr std::size_t log_file_bytes_max = 1U << 20;
constexpr double bloom_bits_per_key = 10;
constexpr std::size_t block_bytes = 8U << 10;
constexpr std::size_t arena_block_bytes = 512U << 10;
constexpr std::size_t bytes_per_bucket = 512;  // About two rows each; a 64th of the buffer.
constexpr int bucket_entries_logged = 1 << 20; // That is, never.

/// A row's user, "length:u16be user_id" of state/row.hpp, so that the Bloom filters answer for a
/// user's scan as well as for a single key. `__meta` and other keys have no prefix.
class user_prefix_transform final : public rocksdb::SliceTransform {
public:
  const char* Name() const override { return "laurel.user_prefix.1"; }

  rocksdb::Slice Transform(const rocksdb::Slice& key) const override {
    // A hash memtable asks for the prefix of every key, also of those that are not in the domain.
    return {key.data(), InDomain(key) ? prefix_size(key) : key.size()};
  }

  bool InDomain(const rocksdb::Slice& key) const override {
    return key.size() >= length_bytes && key.size() >= prefix_size(key);
  }

private:
  static constexpr std::size_t length_bytes = 2;

  static std::size_t prefix_size(const rocksdb::Slice& key) {
    const auto high = static_cast<unsigned char>(key[0]);
    const auto low = static_cast<unsigned char>(key[1]);
    return length_bytes + (static_cast<std::size_t>(high) << 8U | low);
  }
};

rocksdb::BlockBasedTableOptions table_options(const rocks_budget& budget) {
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = budget.parts().cache;
  table.block_size = block_bytes;
  table.format_version = 5;
  table.cache_index_and_filter_blocks = true; // Counted in the budget, evicted last.
  table.cache_index_and_filter_blocks_with_high_priority = true;
  table.pin_l0_filter_and_index_blocks_in_cache = true;
  return table;
}

} // namespace

rocks_budget::rocks_budget(std::size_t bytes) : parts_(std::make_unique<shared>()) {
  parts_->cache = rocksdb::NewLRUCache(bytes, -1, false, 0.5);
  // Half of the budget at most; beyond it, the store that writes flushes early.
  parts_->write_buffers =
    std::make_shared<rocksdb::WriteBufferManager>(bytes / 2, parts_->cache, false);
}

rocks_budget::~rocks_budget() = default;

std::size_t rocks_budget::used_bytes() const {
  return parts_->cache->GetUsage();
}

rocksdb::Options common_options(const rocks_budget& budget, std::size_t write_buffer_bytes) {
  rocksdb::Options options;
  options.create_if_missing = true;
  options.max_open_files = open_files_max;
  options.keep_log_file_num = log_files_max;
  options.max_log_file_size = log_file_bytes_max;
  options.stats_dump_period_sec = 0;
  options.stats_persist_period_sec = 0;
  options.max_background_jobs = 2;
  options.write_buffer_manager = budget.parts().write_buffers;
  options.write_buffer_size = write_buffer_bytes;
  // A block as large as the buffer would count as a full one; Debian's RocksDB stops at that.
  options.arena_block_size = std::min(arena_block_bytes, write_buffer_bytes / 8);
  options.max_write_buffer_number = 3;
  options.compression = rocksdb::kLZ4Compression;
  options.compaction_style = rocksdb::kCompactionStyleUniversal;
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table_options(budget)));
  return options;
}

rocksdb::Options store_options(const rocks_budget& budget, std::size_t write_buffer_bytes) {
  auto options = common_options(budget, write_buffer_bytes);
  auto table = table_options(budget);
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(bloom_bits_per_key));
  table.whole_key_filtering = true;
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  options.prefix_extractor = std::make_shared<user_prefix_transform>();
  options.level0_file_num_compaction_trigger = 4;
  // What is flushed is soon merged with the next: compressing it twice costs more than the space.
  options.compression_per_level = {rocksdb::kNoCompression, rocksdb::kLZ4Compression};
  // One thread writes a store, so nothing of what makes concurrent writers cheap is wanted.
  options.allow_concurrent_memtable_write = false;
  options.enable_write_thread_adaptive_yield = false;
  // A row finds its place among its user's rows by a hash; in a skip list it costs four times as
  // much, nearly all of it waiting for memory. The price is a sort when the buffer is flushed.
  options.memtable_factory.reset(rocksdb::NewHashLinkListRepFactory(
    write_buffer_bytes / bytes_per_bucket, 0, bucket_entries_logged, false));
  options.manual_wal_flush = true;
  options.avoid_flush_during_shutdown = false;
  return options;
}

} // namespace laurel::state
