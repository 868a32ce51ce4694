#pragma once

#include "schemas/base/result.hpp"

#include <rocksdb/status.h>

#include <string_view>

namespace laurel::state {

/// What a RocksDB failure means to us: damaged bytes are `corrupt`, anything else (a full disk, a
/// slow one, an I/O error) is `transient`. `doing` completes "cannot ...". Included only by files
/// that use RocksDB themselves.
schemas::error to_error(const rocksdb::Status& status, std::string_view doing);

/// The same for opening a directory: a lock held elsewhere is `refused`, a missing file of an
/// existing store is `corrupt`.
schemas::error to_open_error(const rocksdb::Status& status, std::string_view directory);

} // namespace laurel::state
