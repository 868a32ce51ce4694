#pragma once

#include "schemas/decision.hpp"
#include "state/user_machine.hpp"
#include "state/user_state.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace laurel::state {

/// The id of a grant: the first 32 hex digits of the BLAKE2b-256 of
///   (size:u16be rule_id) (size:u16be user_id) (size:u16be part)* n:u32be [life]
/// `key` is encoded as `append_key_part` does, which is just that. Of one who was erased before,
/// `life` is when, in decimal: revisions begin anew, and an id that was told of must not.
std::string grant_id(const user_state& user, std::string_view rule_id, std::string_view key,
                     std::uint32_t n);

/// What makes us decide: a record, or time alone, which is in no log.
struct trigger {
  schemas::event_time recorded_at;
  schemas::log_place place;
};
trigger trigger_of(const schemas::event& event);

/// Fills in how and when `what` ended, if it has.
void tell_end(const grant& what, schemas::decision& into);

/// What a record of that kind tells of a grant, with its end unless it is `granted`; `recorded_at`
/// is that of the grant.
schemas::decision decision_of(const user_state& user, const rule_state& rule, const instance& one,
                              const grant& what, schemas::decision_kind kind);

/// The last record about a grant that has been told: the whole truth of now.
schemas::decision last_record(const user_state& user, const rule_state& rule, const instance& one,
                              const grant& what);

/// Writes decisions: turns what a rule says now into records about what has changed since the last
/// record of each grant, and keeps `max_per_user`. Lives for one call into the user machine.
///
///   rule says    told before    record
///   stands       never          granted, and revoked or expired if it has ended since
///   stands       withdrawn      amended
///   stands       yes, the same  none
///   has ended    yes, as held   revoked or expired, if nothing else changed
///   differs      yes            amended: the whole truth of now
///   does not     yes            withdrawn
class grant_log {
public:
  /// What an instance is held to have granted has changed, from a time on.
  struct news {
    rule_state* rule = nullptr;
    instance* one = nullptr;
    std::int64_t from = 0;
  };

  grant_log(user_state& user, evaluation& out) : user_(user), out_(out) {}

  /// `now.grants[i]` has just begun (`opened`) or ended (`closed`), in order of time.
  void opened(rule_state& rule, instance& now, std::size_t i, const trigger& by);
  void closed(rule_state& rule, instance& now, std::size_t i, const trigger& by);

  /// Something else about `now.grants[i]` has changed: `kind` says what.
  void changed(rule_state& rule, instance& now, std::size_t i, schemas::decision_kind kind,
               const trigger& by);

  /// The same for a grant of no rule in force, which nobody looks at.
  void changed_alone(const rule_state& rule, const instance& now, grant& what,
                     schemas::decision_kind kind, const trigger& by);

  /// Any of `now`'s grants may have changed since it had `before`.
  void settle(rule_state& rule, instance& now, const std::vector<grant>& before, const trigger& by);

  /// What other rules look at and has changed since the last call.
  std::vector<news> take_news() { return std::exchange(news_, {}); }

private:
  struct award {
    instance* of = nullptr;
    std::size_t index = 0;
  };

  void tell(rule_state& rule, instance& one, grant& what, schemas::decision_kind kind,
            std::int64_t from, const trigger& by);
  void add(const rule_state& rule, const instance& one, grant& what, schemas::decision_kind kind);
  void note_emitted(rule_state& rule, instance& one, std::uint32_t n,
                    const std::optional<told_grant>& before);
  void tell_standing(rule_state& rule, instance& one, grant& what, const trigger& by);
  void compare(rule_state& rule, instance& one, grant& now, const grant* before, bool wanted,
               const trigger& by);
  std::vector<award> chosen(rule_state& rule) const;
  void choose_again(rule_state& rule, const instance& changed, const std::vector<grant>& before,
                    const trigger& by);
  void count_awards(rule_state& rule) const;

  user_state& user_;
  evaluation& out_;
  std::vector<news> news_;
};

/// How many grants of the rule have been told and stand, over all keys.
std::uint32_t told_grants(const rule_state& rule);

/// Whether the user is not to see the rule: a surprise stays one until the first grant. `state` is
/// null while nothing has touched the rule.
inline bool is_hidden(const rules::compiled_rule& rule, const rule_state* state) {
  return rule.hides_progress && (state == nullptr || told_grants(*state) == 0);
}

} // namespace laurel::state
