#include "schemas/projection.hpp"

#include "schemas/base/check.hpp"

#include <algorithm>
#include <cstddef>

namespace laurel::schemas {

namespace {

constexpr std::size_t paths_max = 65'535;

/// Cuts the first component off a dotted path.
std::string_view take_component(std::string_view& path, bool& more) {
  const std::size_t dot = path.find('.');
  const std::string_view name = path.substr(0, dot);
  more = dot != std::string_view::npos;
  path.remove_prefix(more ? dot + 1 : path.size());
  return name;
}

} // namespace

std::uint16_t projection::add(std::string_view path) {
  std::string_view rest = path;
  node at = root;
  for (bool more = true; more;)
    at = child_or_new(at, take_component(rest, more));
  if (nodes_[at].slot)
    return *nodes_[at].slot;

  CHECK_ALWAYS(paths_.size() < paths_max); // Rule books are checked for it when they are built.
  const auto slot = static_cast<std::uint16_t>(paths_.size());
  paths_.emplace_back(path);
  nodes_[at].slot = slot;
  return slot;
}

std::optional<std::uint16_t> projection::slot_of(std::string_view path) const {
  node at = root;
  for (bool more = true; more && at != none;)
    at = child(at, take_component(path, more));
  return at == none ? std::nullopt : nodes_[at].slot;
}

std::vector<projection::node>::const_iterator projection::lower_bound(node parent,
                                                                      std::string_view name) const {
  const auto& children = nodes_[parent].children;
  return std::lower_bound(
    children.begin(), children.end(), name,
    [this](node each, std::string_view wanted) { return nodes_[each].name < wanted; });
}

projection::node projection::search(node parent, std::string_view name) const {
  const auto found = lower_bound(parent, name);
  if (found == nodes_[parent].children.end() || nodes_[*found].name != name)
    return none;
  return *found;
}

projection::node projection::child_or_new(node parent, std::string_view name) {
  const node existing = search(parent, name);
  if (existing != none)
    return existing;
  const auto place = lower_bound(parent, name) - nodes_[parent].children.cbegin();
  const auto fresh = static_cast<node>(nodes_.size());
  nodes_.push_back({std::string(name), std::nullopt, 0, {}});
  auto& siblings = nodes_[parent];
  siblings.children.insert(siblings.children.cbegin() + place, fresh);
  siblings.child_marks |= std::uint64_t{1} << mark(name);
  return fresh;
}

} // namespace laurel::schemas
