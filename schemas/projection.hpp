#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace laurel::schemas {

/// The attribute paths that the rules in force read, so that the decoder keeps those and drops the
/// rest. Paths are dotted ("post.id") and start below `attributes`; an unknown top-level field of
/// the event counts as an attribute. Immutable once built; shared by the rule book and the decoder.
class projection {
public:
  /// Adds `path` if it is new; returns its slot either way. A book holds at most 65,535 paths.
  std::uint16_t add(std::string_view path);

  std::optional<std::uint16_t> slot_of(std::string_view path) const;
  const std::vector<std::string>& paths() const { return paths_; }

private:
  std::vector<std::string> paths_;
};

} // namespace laurel::schemas
