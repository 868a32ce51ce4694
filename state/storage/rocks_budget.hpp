#pragma once

#include <cstddef>
#include <memory>

namespace laurel::state {

/// The memory that all RocksDB instances of a process share: one block cache, and write buffers
/// that are charged to it. Made once by the application and handed to every store.
class rocks_budget {
public:
  static constexpr std::size_t default_bytes = 64U << 20;

  explicit rocks_budget(std::size_t bytes = default_bytes);
  ~rocks_budget();

  /// Blocks and write buffers in memory now.
  std::size_t used_bytes() const;

  /// What only the files that use RocksDB see (state/storage/rocks_options.hpp).
  struct shared;
  const shared& parts() const { return *parts_; }

private:
  std::unique_ptr<shared> parts_;
};

} // namespace laurel::state
