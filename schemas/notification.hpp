#pragma once

#include "schemas/decision.hpp"

#include <string>

namespace laurel::schemas {

/// A record of `badge.notifications`: what somebody is to be told about a grant. At most one for
/// each kind of decision about each grant.
struct notification {
  std::string id; // Hash of (grant id, kind).
  decision what;
  std::string message; // `template` of the rule, for whoever delivers it; or empty.
  std::string award;   // A JSON object of scalars, canonical; or empty.
};

/// When what `what` tells of happened: its beginning, its end, or the time of the debt.
event_time told_time(const decision& what);

/// One line of JSON, see wire/notification.v1.json. The same notification gives the same bytes.
[[nodiscard]] std::string encode(const notification& what);

} // namespace laurel::schemas
