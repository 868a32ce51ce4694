#pragma once

#include "schemas/base/time.hpp"
#include "schemas/event.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace laurel::schemas {

/// What a record of `badge.grants` says about a grant since its previous revision.
enum class decision_kind : std::uint8_t {
  granted,   // The badge is held from `granted_at` on.
  revoked,   // It was held from `granted_at` until `revoked_at`.
  amended,   // An earlier decision moved; the record carries the whole truth of now.
  withdrawn, // It never held.
  expired,   // It was held until `expired_at`, when its time was over.
  redeemed,  // It was held until `redeemed_at`, when it was used up.
  debt,      // It was redeemed, and since `debt_at` it is no longer earned.
  repaid,    // It is earned again.
  extended,  // It ends later, or earlier, than it was to: `expires_at`.
  pinned,    // The user wants it shown first,
  unpinned,  // or no longer.
};

/// One revision of one grant. The fold of a grant id is its record with the highest revision.
struct decision {
  decision_kind kind = decision_kind::granted;
  std::string grant_id; // Hash of (rule, user, key, n): the same decision has the same id.
  std::uint32_t revision = 1;
  std::string user_id;
  std::string badge_id;
  std::string rule_id;
  std::string rule_version;
  std::vector<std::string> key; // Empty for a rule without one.
  std::uint32_t n = 1;          // Which instance of this badge, from 1.
  event_time granted_at;
  std::string cause; // Id of the event, or the command, that caused the grant.
  std::optional<event_time> revoked_at;
  std::string revoke_cause;
  std::optional<event_time> expired_at;
  std::optional<event_time> redeemed_at;
  std::string redeem_cause;             // The command.
  std::optional<event_time> debt_at;    // Of one that was redeemed,
  std::string debt_cause;               // and the event by which it was no longer earned.
  std::optional<event_time> expires_at; // When it is to end by itself, where that is known.
  bool is_pinned = false;
  std::string parent; // A grant that begins or ends just then, to which the rule looks; or empty.
  event_time recorded_at; // Append time of the record that told us.
  log_place position;     // Of that record; not known where time alone did.

  /// When it ended, however that was; nothing while it is held.
  std::optional<event_time> ended_at() const {
    if (revoked_at)
      return revoked_at;
    return expired_at ? expired_at : redeemed_at;
  }
};

} // namespace laurel::schemas
