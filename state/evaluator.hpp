#pragma once

#include "state/derived_events.hpp"
#include "state/grant_log.hpp"
#include "state/instance_fold.hpp"
#include "state/judge.hpp"
#include "state/user_machine.hpp"
#include "state/user_state.hpp"

#include <boost/container/small_vector.hpp>

#include <list>
#include <span>
#include <string_view>

namespace laurel::state {

/// Folds a run of events into a user's state. Made for one call of the user machine.
///
/// Events of equal time are one step. Its life:
///
///   admit: late, duplicate, or appended to the history
///     -> gather: which instances it touches; each is in order if the step is later than all it saw
///       -> in order: fold the step's effects, look at the truth            cost: the step alone
///       -> not in order: recomputation (recomputation.hpp)      cost: the history from there on
///         -> spread: what it decided touches the rules that look at it; they are decided later
class evaluator {
public:
  evaluator(user_state& user, const rules::active_rules& rules, const horizons& horizon,
            evaluation& out);
  ~evaluator() { user_.emitted.clear(); }
  evaluator(const evaluator&) = delete;
  evaluator& operator=(const evaluator&) = delete;

  void apply(std::span<const schemas::event* const> events);

  /// Lets time pass: everything due at `to` or before is decided, at its due time, and the user's
  /// timer is set to what is due next.
  void advance(std::int64_t to, const trigger& by);

  /// Ends all that is held, for those who follow the grants: the user is to be forgotten. Only
  /// `applied` asks for that.
  event_fate end_all(const schemas::event& event);

private:
  /// An instance that the current step touches.
  struct touched {
    rule_state* rule = nullptr;
    instance* one = nullptr;
    bool in_order = true;
    bool is_decided = false;
    bool has_derived = false;           // Derived events are among what touches it.
    std::int64_t from = 0;              // The earliest time at which something changes.
    const rules::fact* cause = nullptr; // The step's last event by id; null if none is of its time.
    boost::container::small_vector<effect, 1> effects;               // In order: to be folded.
    boost::container::small_vector<const rules::fact*, 1> originals; // Whose effects change.
  };

  void step(std::span<const schemas::event* const> events);
  event_fate admit(const schemas::event& event);
  rules::fact fact_of(const schemas::event& event, const rules::rule_book::type_entry* type);
  void gather(const rules::fact& event);
  void note_inputs(rule_state& rule, unsigned inputs);
  void note_birth(const rule_state& rule, instance& one, std::int64_t at);
  void gather_retraction(const rules::fact& retraction);
  void touch(rule_state& rule, instance& one, const effect& change, const rules::fact* cause,
             bool in_order);
  touched& touched_at(rule_state& rule, instance& one, std::int64_t from);
  touched* next_touched();
  void decide_touched();
  void decide(touched& each);
  void run_in_order(touched& each);
  void run_past(touched& each);

  // evaluator_time.cpp
  void begin_step();
  void touch_what_is_due();
  std::int64_t advance(rule_state& rule, std::int64_t to);
  void pass_time(rule_state& rule, instance& one, std::int64_t until);
  void announce(rule_state& rule, instance& one, const judgement& found);
  void prune(rule_state& rule, instance& one) const;
  void drop_history(schemas::input from);
  std::int64_t oldest_of(std::uint8_t inputs) const;
  rule_state& state_of(std::uint32_t index);

  // evaluator_commands.cpp
  struct commanded { // What a command is about.
    rule_state* rule = nullptr;
    instance* one = nullptr;
    grant* what = nullptr;
  };
  event_fate fate_of(const schemas::command& asked) const;
  event_fate obey(const schemas::event& event);
  commanded find_commanded(const schemas::command& asked);
  std::string_view carry_out(const schemas::command& asked, commanded& about);
  void grant_by_hand(const schemas::command& asked, commanded& about);
  std::string_view end(const schemas::command& asked, ending how, commanded& about);
  std::string_view extend(const schemas::command& asked, commanded& about);
  void pin(bool wanted, commanded& about);
  std::string_view give_order(order what, commanded& about);
  std::int64_t expire_manual(std::int64_t to);

  // evaluator_cascade.cpp
  void spread();
  void spread_holdings(const grant_log::news& what);
  bool spread_emitters_before(const touched* next);
  void spread_emitted(rule_state& source);
  void touch_derived(rule_state& rule, const derived_pair& both);
  void note_lost_birth(rule_state& rule, instance& one, const derived_pair& both);
  std::optional<effect> effect_of_now(const rule_state& rule, const derived_pair& both) const;

  user_state& user_;
  const rules::active_rules& rules_;
  const horizons& horizon_;
  evaluation& out_;
  grant_log log_;

  // The step at hand.
  history_cut cut_{}; // What was there before it.
  std::int64_t now_ = 0;
  trigger trigger_;
  boost::container::small_vector<rules::fact, 1> facts_;
  std::list<rules::fact> older_;     // Facts read back from the history, and
  std::list<derived_event> derived_; // emitted. Lists cost nothing while they are empty.
  boost::container::small_vector<touched, 4> touched_;
  std::vector<rule_state*> emitters_; // That have decided; those who take their events wait.
  std::size_t next_touched_ = 0;      // In a book in which no rule looks at another.
};

/// Makes `user` know the rules in force: finds the state of each, and starts afresh where a rule
/// aggregates something else than before. Costs nothing while the book is the same.
void bind_rules(user_state& user, const rules::active_rules& rules);

} // namespace laurel::state
