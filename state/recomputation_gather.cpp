// What a recomputation folds: the events of the history and those that other rules emitted. How
// they are folded is in recomputation.cpp.

#include "state/judge.hpp"
#include "state/recomputation.hpp"

#include <algorithm>
#include <unordered_map>

namespace laurel::state {

using rules::fact;

namespace {

/// By time, then by id of the event: the order in which replayed leaves take them.
void sort_by_time(std::vector<effect>& effects) {
  std::stable_sort(effects.begin(), effects.end(), [](const effect& a, const effect& b) {
    return a.at != b.at ? a.at < b.at : a.original->id < b.original->id;
  });
}

} // namespace

bool recomputation::is_mine(const fact& event) const {
  if (rule_.rule->type_index(event.type) < 0 || !rule_.counts(event))
    return false;
  const auto keys = keys_of(*rule_.rule, event);
  return std::find(keys.begin(), keys.end(), one_.key_text()) != keys.end();
}

/// What a retraction takes back, if it has come; nothing takes itself back.
std::optional<fact> recomputation::original_of(const fact& retraction) const {
  if (retraction.retracts.empty() || retraction.retracts == retraction.id)
    return std::nullopt;
  const auto where = user_.history.find(retraction.retracts);
  return where ? std::optional(user_.history.read(*where)) : std::nullopt;
}

bool recomputation::takes_back_mine(const fact& retraction) const {
  if (rule_.rule->refund == rules::refund_policy::ignore)
    return false;
  const auto original = original_of(retraction);
  return original && original->at <= retraction.at && is_mine(*original);
}

void recomputation::collect(std::int64_t from) {
  user_.history.for_each(from, [&](const fact& event) {
    if (is_mine(event)) {
      facts_.push_back(event);
      originals_.push_back(&facts_.back());
    }
    collect_original_of(event, from);
  });
}

/// An original from before `from`, whose retraction came later: it is not found by its own time.
void recomputation::collect_original_of(const fact& retraction, std::int64_t from) {
  auto original = original_of(retraction);
  if (!original || original->at >= from)
    return;
  const bool is_known = std::any_of(originals_.begin(), originals_.end(), [&](const fact* one) {
    return one->from == original->from && one->ordinal == original->ordinal;
  });
  if (is_known || !is_mine(*original))
    return;
  facts_.push_back(std::move(*original));
  originals_.push_back(&facts_.back());
}

void recomputation::effects_of_one(const fact& original, std::vector<effect>* old_effects,
                                   std::vector<effect>& effects) {
  std::vector<const fact*> all;
  std::vector<const fact*> old;
  if (user_.history.has_retractions()) {
    for (const auto where : user_.history.retractions_of(original.id)) {
      auto retraction = user_.history.read(where);
      if (retraction.id == original.id)
        continue; // Nothing takes itself back.
      facts_.push_back(std::move(retraction));
      all.push_back(&facts_.back());
      if (is_old(facts_.back()))
        old.push_back(&facts_.back());
    }
  }
  const auto full = effects_of(original, all, rule_.rule->refund);
  effects.insert(effects.end(), full.begin(), full.end());
  if (old_effects != nullptr && is_old(original)) {
    const auto before = effects_of(original, old, rule_.rule->refund);
    old_effects->insert(old_effects->end(), before.begin(), before.end());
  }
}

/// Derived events of which something lies at `from` or later, before the step or now. What an
/// instance has never looked at it takes from the first on, and what is replayed has all of them.
void recomputation::collect_derived(std::int64_t from) {
  for_each_derived(user_, rule_, derived_, [&](const derived_pair& both) {
    auto latest = no_time;
    for (const auto* each : {both.before, both.now})
      latest =
        each != nullptr && is_mine(each->birth()) ? std::max(latest, each->latest()) : latest;
    if (latest != no_time && (is_unborn_ || rule_.rule->has_replayed || latest >= from))
      derived_pairs_.push_back(both);
  });
}

void recomputation::effects_of_derived(const derived_pair& both, timeline& into) const {
  const auto add = [&](const derived_event* each, std::vector<effect>& effects) {
    if (each == nullptr || !is_mine(each->birth()))
      return;
    const auto all = each->effects(rule_.rule->refund);
    effects.insert(effects.end(), all.begin(), all.end());
  };
  add(both.now, into.effects);
  if (!is_unborn_)
    add(both.before, into.old_effects);
}

/// When the first derived event came that the instance takes; `never` if there is none.
std::int64_t recomputation::first_derived() {
  auto first = never;
  std::list<derived_event> kept;
  for_each_derived(user_, rule_, kept, [&](const derived_pair& both) {
    if (both.now != nullptr && is_mine(both.now->birth()))
      first = std::min(first, both.now->birth().at);
  });
  return first;
}

std::int64_t recomputation::birth() {
  auto first = first_derived();
  user_.history.for_each(no_time, [&](const fact& event) {
    if (is_mine(event))
      first = std::min(first, event.at);
  });
  return first;
}

recomputation::timeline recomputation::effects_from(std::int64_t from) {
  collect(from);
  collect_derived(from);
  timeline out;
  for (const auto* one : originals_)
    effects_of_one(*one, &out.old_effects, out.effects);
  for (const auto& both : derived_pairs_)
    effects_of_derived(both, out);
  sort_by_time(out.old_effects);
  sort_by_time(out.effects);
  return out;
}

void recomputation::for_each_standing(
  std::int64_t at, const std::function<void(const fact&, const remainder&)>& visit) {
  std::unordered_map<const fact*, const effect*> last;
  const auto all = effects_from(no_time).effects;
  for (const auto& each : all) {
    if (each.at <= at)
      last[each.original] = &each;
  }
  for (const auto& [event, change] : last) {
    if (change->after.is_there)
      visit(*event, change->after);
  }
}

} // namespace laurel::state
