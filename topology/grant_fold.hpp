#pragma once

#include "schemas/decision.hpp"

#include <cstdint>
#include <map>
#include <ostream>
#include <string>

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
  struct folded {
    schemas::decision last;
    /// When the grant itself was noticed, and the revision that says so: the last record of a
    /// revoked grant tells when the revoke was.
    schemas::event_time noticed_at;
    std::uint32_t noticed_in = 0;
  };

  std::map<std::string, folded> grants_; // By grant id.
};

} // namespace laurel::topology
