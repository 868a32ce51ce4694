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

  /// A component of one or more paths, in the tree that all paths form. The decoder walks it down
  /// beside the document. `root` is the parent of every first component.
  using node = std::uint32_t;
  static constexpr node root = 0;
  static constexpr node none = 0xffff'ffff; // Nothing below here is wanted.

  /// The component `name` below `parent`, or `none`.
  node child(node parent, std::string_view name) const {
    if (((nodes_[parent].child_marks >> mark(name)) & 1) == 0)
      return none;
    return search(parent, name);
  }

  /// The slot of the path that ends in `at`, if one does.
  std::optional<std::uint16_t> slot(node at) const { return nodes_[at].slot; }

private:
  struct component {
    std::string name;
    std::optional<std::uint16_t> slot;
    std::uint64_t child_marks = 0; // A bit per child; most names that are not there miss it.
    std::vector<node> children;    // Ordered by name.
  };

  /// Which of 64 bits stands for `name`.
  static unsigned mark(std::string_view name) {
    if (name.empty())
      return 0;
    const auto first = static_cast<unsigned char>(name.front());
    const auto last = static_cast<unsigned char>(name.back());
    return static_cast<unsigned>(name.size() * 11U + first + last * 5U) % 64;
  }

  node search(node parent, std::string_view name) const;
  node child_or_new(node parent, std::string_view name);
  std::vector<node>::const_iterator lower_bound(node parent, std::string_view name) const;

  std::vector<std::string> paths_;
  std::vector<component> nodes_ = std::vector<component>(1); // The root.
};

} // namespace laurel::schemas
