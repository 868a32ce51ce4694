#include "state/storage/rocks_status.hpp"

#include <string>

namespace laurel::state {

namespace {

bool mentions(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

} // namespace

schemas::error to_error(const rocksdb::Status& status, std::string_view doing) {
  const auto code = status.IsCorruption() ? schemas::errc::corrupt : schemas::errc::transient;
  return {code, "cannot " + std::string(doing) + ": " + status.ToString()};
}

schemas::error to_open_error(const rocksdb::Status& status, std::string_view directory) {
  const auto text = status.ToString();
  const auto doing = "open the store in " + std::string(directory);
  // RocksDB has no code of its own for a lock that is taken, nor for a file that is gone.
  if (status.IsIOError() && mentions(text, "lock"))
    return {schemas::errc::refused, std::string(directory) + " is in use: " + text};
  if (status.IsIOError() && mentions(text, "No such file"))
    return {schemas::errc::corrupt, "cannot " + doing + ": " + text};
  return to_error(status, doing);
}

} // namespace laurel::state
