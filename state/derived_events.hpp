#pragma once

#include "state/instance_fold.hpp"
#include "state/user_state.hpp"

#include <functional>
#include <list>
#include <optional>
#include <string>
#include <string_view>

namespace laurel::state {

inline constexpr std::string_view emitted_prefix = "emit:"; // Of a derived event's id,
inline constexpr std::string_view emitted_end = ":end";     // and behind that of its retraction.

/// The event that a grant of a rule with `emit` is, and the retraction that its end is. Facts
/// borrow from it, so it does not move.
class derived_event {
public:
  /// What of it the step at hand has made.
  struct freshness {
    bool birth = false;
    bool end = false;
  };

  /// `source` has to be in the book in force.
  derived_event(user_state& user, const rule_state& source, const instance& one, std::uint32_t n,
                const told_grant& as, freshness fresh);
  derived_event(const derived_event&) = delete;
  derived_event& operator=(const derived_event&) = delete;

  const rules::fact& birth() const { return birth_; }
  const rules::fact* end() const { return end_ ? &*end_ : nullptr; } // Null: it stands.
  std::int64_t latest() const { return end_ ? end_->at : birth_.at; }
  boost::container::small_vector<effect, 2> effects(rules::refund_policy refund) const;

private:
  void fill_fields(const rules::emission& what, const instance& one);

  std::string id_;
  std::string end_id_;
  std::list<std::string> texts_;
  rules::fact birth_;
  std::optional<rules::fact> end_;
};

/// A derived event as the step at hand found it, and as it is now; null where there is none. Both
/// are the same object where the step has changed nothing.
struct derived_pair {
  const derived_event* before = nullptr;
  const derived_event* now = nullptr;
};

/// What the change made of the event, kept in `kept`.
derived_pair pair_of(user_state& user, const emission_change& change,
                     std::list<derived_event>& kept);

/// Visits all derived events of the types that `consumer` takes, in no order; they live in `kept`.
/// Costs a look at every grant of the rules that emit them. Grants are never forgotten, so neither
/// are these.
void for_each_derived(user_state& user, const rule_state& consumer, std::list<derived_event>& kept,
                      const std::function<void(const derived_pair&)>& visit);

} // namespace laurel::state
