#pragma once

#include "schemas/event.hpp"

#include <tsl/robin_map.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <functional>
#include <memory>
#include <string_view>
#include <vector>

namespace laurel::state {

/// A value as a member of a distinct set: up to 15 bytes as they are, longer ones as 120 bits of
/// BLAKE2b, which nobody can make two values share.
using element = std::array<char, 16>;

element element_of(const schemas::value& what);

/// A multiset that knows how many different members it has. A count may pass below zero while
/// changes are undone in an order of their own; such a member is not there.
class distinct_set {
public:
  /// Up to this many members a set is kept, and stored, as one sorted list.
  static constexpr std::size_t listed_max = 64;

  struct member {
    element what{};
    std::int32_t count = 0;
  };

  distinct_set() = default;
  distinct_set(const distinct_set& other)
      : list_(other.list_),
        table_(other.table_ ? std::make_unique<table>(*other.table_) : nullptr),
        size_(other.size_) {}
  distinct_set& operator=(const distinct_set& other) { return *this = distinct_set(other); }
  distinct_set(distinct_set&&) = default;
  distinct_set& operator=(distinct_set&&) = default;
  ~distinct_set() = default;

  void add(const element& what, std::int32_t count);

  /// Members whose count is above zero.
  std::size_t size() const { return size_; }

  /// Whether no change is left in it, of whatever sign.
  bool is_empty() const { return list_.empty() && (!table_ || table_->counts.empty()); }

  /// Whether each member has a row of its own. It stays so once it is.
  bool is_large() const { return table_ != nullptr; }
  void make_large();

  /// Members in ascending order, for a set that is not large.
  const std::vector<member>& listed() const { return list_; }

  /// Large sets: the members that changed since the last call, in ascending order, and their counts
  /// (0: gone). A set that has just become large gives all of them.
  std::vector<member> take_changes();

  /// Puts a member back that was stored.
  void restore(const member& stored);

  /// Every member, in ascending order.
  std::vector<member> all() const;

  std::size_t memory_bytes() const;

private:
  struct element_hash {
    std::size_t operator()(const element& what) const {
      return std::hash<std::string_view>{}(std::string_view(what.data(), what.size()));
    }
  };
  struct table {
    tsl::robin_map<element, std::int32_t, element_hash> counts;
    std::vector<element> changed;
  };

  void note(std::int32_t before, std::int32_t after);

  std::vector<member> list_;
  std::unique_ptr<table> table_;
  std::uint32_t size_ = 0;
};

} // namespace laurel::state
