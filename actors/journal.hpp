#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace laurel::actors {

enum class severity : std::uint8_t { debug, info, warning, error };

/// Where the pipeline writes its structured log: one event, with fields, is one line. Never called
/// for every record. Safe from any thread; never blocks for long.
class journal {
public:
  using fields = std::vector<std::pair<std::string_view, std::string>>;

  virtual ~journal() = default;
  virtual void note(severity level, std::string_view what, const fields& about) = 0;
};

} // namespace laurel::actors
