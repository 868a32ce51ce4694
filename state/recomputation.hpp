#pragma once

#include "state/derived_events.hpp"
#include "state/holdings.hpp"
#include "state/instance_fold.hpp"
#include "state/user_state.hpp"

#include <deque>
#include <functional>
#include <vector>

namespace laurel::state {

/// Looks at the past again, for one instance, from the user's history. Needed when something
/// arrives that is not later than all the instance has seen: the effects from there on are taken
/// out, and everything is folded in anew in the order of time, with a look at the truth after each
/// step. What was decided about the time before stays. Leaves that cannot be undone are replayed
/// from their base, which takes the history from the rule's `base_at` on.
class recomputation {
public:
  /// `cut`: what the instance has already folded.
  recomputation(user_state& user, rule_state& rule, instance& one, const history_cut& cut)
      : user_(user), rule_(rule), one_(one), cut_(cut), is_unborn_(one.last_at == no_time) {}

  /// Redoes everything from `from` on. Returns the grants as they were.
  std::vector<grant> redo(std::int64_t from);

  /// Changes the leaves by what is new of `originals`, without a look at the truth.
  void adjust(const boost::container::small_vector_base<const rules::fact*>& originals);

  /// When the first event came that the key is reached by; `never` if none is left.
  std::int64_t birth();

  /// Fills the `last` windows again as of the last look. They are not stored.
  void fill_points();

  /// Visits the events of the instance that the history has and that are not taken back by `at`,
  /// with what is left of them. They live as long as this does.
  void for_each_standing(std::int64_t at,
                         const std::function<void(const rules::fact&, const remainder&)>& visit);

private:
  struct timeline {
    std::vector<effect> old_effects; // Already folded; by time.
    std::vector<effect> effects;     // With what is new; by time.
  };

  bool is_old(const rules::fact& event) const {
    if (event.is_derived)
      return !event.is_fresh && !is_unborn_;
    return event.ordinal < cut_[static_cast<std::size_t>(event.from)];
  }
  bool is_in_base(const rules::fact& event) const {
    return !event.is_derived && event.at <= rule_.base_at;
  }
  bool is_mine(const rules::fact& event) const;
  std::optional<rules::fact> original_of(const rules::fact& retraction) const;
  bool takes_back_mine(const rules::fact& retraction) const;
  void collect(std::int64_t from);
  void collect_derived(std::int64_t from);
  std::int64_t first_derived();
  void be_unborn();
  void collect_original_of(const rules::fact& retraction, std::int64_t from);
  timeline effects_from(std::int64_t from);
  void effects_of_derived(const derived_pair& both, timeline& into) const;
  void effects_of_one(const rules::fact& original, std::vector<effect>* old_effects,
                      std::vector<effect>& effects);
  void fold_next(const effect& change);
  std::int64_t after_base() const;
  leaf_choice choice_for(const effect& change) const;
  void replay(const std::vector<effect>& effects, std::size_t count);
  void clear_points();
  void clear_heads();
  void forget_grants(std::int64_t from);
  void forget_debts(std::int64_t from);
  void walk(const std::vector<effect>& effects, std::size_t first, std::int64_t from);
  void look(std::int64_t at, const rules::fact* cause);
  void look_at_holdings(std::int64_t at, std::string_view cause, const rules::fact* event);
  std::vector<holding_change> touches_from(std::int64_t from) const;
  rules::zone_index zone_before(std::int64_t at);
  void pass_time(std::int64_t until);

  user_state& user_;
  rule_state& rule_;
  instance& one_;
  const history_cut& cut_;
  bool is_unborn_;         // The instance has seen nothing yet, not even what was derived before.
  bool is_spoilt_ = false; // What replayed leaves hold has to be made anew before the next look.
  std::deque<rules::fact> facts_;
  std::vector<const rules::fact*> originals_;
  std::list<derived_event> derived_;
  std::vector<derived_pair> derived_pairs_;
};

} // namespace laurel::state
