#pragma once

#include "schemas/decision.hpp"

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

  std::size_t size() const { return last_.size(); }

private:
  std::map<std::string, schemas::decision> last_; // By grant id.
};

} // namespace laurel::topology
