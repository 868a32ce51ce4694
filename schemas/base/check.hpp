#pragma once

#include <cstdio>
#include <cstdlib>

namespace laurel::schemas {

[[noreturn]] inline void check_failed(const char* condition, const char* file, int line) {
  std::fprintf(stderr, "%s:%d: check failed: %s\n", file, line, condition);
  std::abort();
}

} // namespace laurel::schemas

/// Stops the process if `condition` is false, in every build. For promises our own code makes,
/// never for input. Stopping is safe: whatever was in flight belongs to an open transaction, and
/// the broker rolls that back.
#define CHECK_ALWAYS(condition) \
  ((condition) ? (void) 0 : ::laurel::schemas::check_failed(#condition, __FILE__, __LINE__))
