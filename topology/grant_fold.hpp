#pragma once

#include "schemas/decision.hpp"

#include <cstdint>
#include <map>
#include <ostream>
#include <string>
#include <vector>

namespace laurel::topology {

/// What `badge.grants` says in the end: the last revision of each grant. Plain class.
class grant_fold {
public:
  /// Takes a record in any order; an older revision than the one known changes nothing.
  void add(schemas::decision record);

  /// One JSON object a line, sorted by (granted_at, user_id, rule_id, key, n); a grant that was
  /// revoked has a second line after it. Withdrawn grants have none. The same grants give the
  /// same bytes, whatever order they came in.
  void write(std::ostream& out) const;

  /// Grants that ever held, and those of them that were revoked.
  std::uint64_t granted() const;
  std::uint64_t revoked() const;

private:
  /// A revision that says when the grant began: another one may tell of its end alone.
  struct telling {
    std::uint32_t revision = 0;
    schemas::event_time granted_at;
    std::string cause;
    schemas::event_time recorded_at;
  };
  struct folded {
    schemas::decision last;
    std::vector<telling> begins; // By revision.

    schemas::event_time noticed_at() const;
  };

  std::map<std::string, folded> grants_; // By grant id.
};

} // namespace laurel::topology
