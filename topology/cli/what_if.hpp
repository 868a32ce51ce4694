#pragma once

#include "schemas/base/result.hpp"

#include <cstddef>
#include <cstdint>
#include <istream>
#include <map>
#include <set>
#include <string>
#include <vector>

/// What rules would have made of some history, in users and badges. Pure.
namespace laurel::topology::cli {

/// Who got what, from the output of a replay.
class badge_census {
public:
  /// Reads the lines that `laurel replay` writes. Fails with `corrupt` on one that is not such.
  [[nodiscard]] static schemas::result<badge_census> read(std::istream& lines);

  struct users_of_badge {
    std::set<std::string> ever; // Who was granted it,
    std::set<std::string> held; // and who holds it at the end.
    std::uint64_t grants = 0;
  };
  const std::map<std::string, users_of_badge>& badges() const { return badges_; }

private:
  std::map<std::string, users_of_badge> badges_;
};

/// One badge under one book of rules, or how it differs between two.
struct badge_effect {
  std::string badge;
  std::size_t held = 0; // Users, under the rules that are tested.
  std::size_t ever = 0; // Users who were granted it, also if it was lost.
  std::uint64_t grants = 0;
  std::vector<std::string> gain; // Would hold it and do not now; without comparison: all holders.
  std::vector<std::string> lose; // Hold it now and would not.
};

/// By badge. Without `now` every holder counts as a gain.
std::vector<badge_effect> effects_of(const badge_census& tested, const badge_census* now);

} // namespace laurel::topology::cli
