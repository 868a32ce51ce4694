#include "state/sequence.hpp"

#include <algorithm>
#include <tuple>

namespace laurel::state {

using rules::sequence_terms;

namespace {

constexpr std::size_t sweep_min = 16;

std::size_t step_count(const sequence_terms& terms) {
  return terms.steps.size();
}

bool is_whole(const sequence_run& run, const sequence_terms& terms) {
  return run.matched == step_count(terms);
}

/// From when on ban `one` looks at what comes; nothing while its step has not been.
std::optional<std::int64_t> begin_of(const sequence_terms::ban& one, const sequence_run& run) {
  return one.after < run.matched ? std::optional(run.at[one.after]) : std::nullopt;
}

/// When a whole run is complete.
std::int64_t deadline_of(const sequence_run& run, const sequence_terms& terms) {
  auto out = run.at[run.matched - 1U];
  for (const auto& one : terms.bans) {
    if (one.for_ms > 0)
      out = std::max(out, run.at[one.after] + one.for_ms);
  }
  return out;
}

/// Whether an event at `at` that is not of the run spoils it. A run that is not whole will end
/// later than `at`; one that is whole ended at its last step.
bool spoils(const sequence_event& event, std::int64_t at, const sequence_run& run,
            const sequence_terms& terms) {
  if (event.same != run.same)
    return false;
  const bool is_before_end = !is_whole(run, terms) || at <= run.at[run.matched - 1U];
  if (terms.is_strict && is_before_end)
    return true;
  for (std::size_t i = 0; i < terms.bans.size(); ++i) {
    const auto& one = terms.bans[i];
    const auto begin = begin_of(one, run);
    if ((event.bans >> i & 1U) == 0 || !begin || at <= *begin)
      continue;
    if (one.for_ms > 0 ? at <= *begin + one.for_ms : is_before_end)
      return true;
  }
  return false;
}

/// Whether `one` comes to everything that `other`, equally far, can come to, and no later.
bool outlives(const sequence_run& one, const sequence_run& other, const sequence_terms& terms) {
  if (!is_whole(one, terms) && one.at[0] < other.at[0])
    return false;
  return std::all_of(terms.bans.begin(), terms.bans.end(), [&](const sequence_terms::ban& ban) {
    return ban.for_ms == 0 || ban.after >= one.matched || one.at[ban.after] <= other.at[ban.after];
  });
}

bool is_before(const sequence_run& a, const sequence_run& b) {
  return std::tie(a.same, a.matched) < std::tie(b.same, b.matched);
}

/// Forgets runs that are too old to go on, now and then: when their number is a power of two.
void sweep(sequence_state& state, const sequence_terms& terms, std::int64_t now) {
  const auto size = state.runs.size();
  if (size < sweep_min || (size & (size - 1)) != 0)
    return;
  const auto gone =
    std::remove_if(state.runs.begin(), state.runs.end(), [&](const sequence_run& run) {
      return !is_whole(run, terms) && now - run.at[0] > terms.within_ms;
    });
  state.runs.erase(gone, state.runs.end());
}

void add_run(sequence_state& state, const sequence_terms& terms, const sequence_run& made) {
  const auto [first, last] =
    std::equal_range(state.runs.begin(), state.runs.end(), made, is_before);
  if (std::any_of(first, last, [&](const sequence_run& one) { return outlives(one, made, terms); }))
    return;
  const auto place = first - state.runs.begin();
  const auto gone = std::remove_if(
    first, last, [&](const sequence_run& one) { return outlives(made, one, terms); });
  state.runs.erase(gone, last);
  state.runs.insert(state.runs.begin() + place, made);
}

void complete(sequence_state& state) {
  state.is_complete = true;
  state.runs = {};
  state.waiting = {};
}

/// The runs that the waiting events make: those that begin, and those that go on.
class step_maker {
public:
  step_maker(const sequence_state& state, const sequence_terms& terms)
      : state_(state), terms_(terms) {}

  std::vector<sequence_run> make() {
    for (std::size_t i = 0; i < state_.waiting.size(); ++i) {
      const auto& event = state_.waiting[i];
      if ((event.steps & 1U) != 0)
        add({event.same, 0, {}}, i);
      sequence_run sought;
      sought.same = event.same;
      auto at = std::lower_bound(state_.runs.begin(), state_.runs.end(), sought, is_before);
      for (; at != state_.runs.end() && at->same == event.same; ++at) {
        const bool goes_on = !is_whole(*at, terms_) && (event.steps >> at->matched & 1U) != 0
                             && state_.waiting_at > at->at[at->matched - 1U]
                             && state_.waiting_at - at->at[0] <= terms_.within_ms;
        if (goes_on)
          add(*at, i);
      }
    }
    return std::move(made_);
  }

private:
  /// `run`, continued by the waiting event `index`, unless another one of the step spoils it.
  void add(sequence_run run, std::size_t index) {
    run.at[run.matched++] = state_.waiting_at;
    for (std::size_t i = 0; i < state_.waiting.size(); ++i) {
      if (i != index && spoils(state_.waiting[i], state_.waiting_at, run, terms_))
        return;
    }
    made_.push_back(run);
  }

  const sequence_state& state_;
  const sequence_terms& terms_;
  std::vector<sequence_run> made_;
};

} // namespace

void put_event(contribution& out, const sequence_event& event) {
  out.number = static_cast<schemas::int128>(event.bans) << 32 | event.steps;
  out.elements.push_back(event.same);
}

sequence_event event_of(const contribution& what) {
  return {what.elements.front(), static_cast<std::uint32_t>(what.number),
          static_cast<std::uint32_t>(what.number >> 32)};
}

void fold(sequence_state& state, const sequence_terms& terms, const sequence_event& event,
          std::int64_t at) {
  if (!state.waiting.empty() && state.waiting_at != at)
    end_step(state, terms);
  if (state.is_complete)
    return;
  state.waiting_at = at;
  state.waiting.push_back(event);
}

void end_step(sequence_state& state, const sequence_terms& terms) {
  if (state.waiting.empty())
    return;
  const auto now = state.waiting_at;
  // What was complete before this step cannot be spoiled by it.
  if (is_complete(state, terms, now - 1)) {
    complete(state);
    return;
  }
  const auto made = step_maker(state, terms).make();
  const auto gone = std::remove_if(state.runs.begin(), state.runs.end(), [&](const auto& run) {
    // What joins late, before a run began, does it no harm.
    return run.at[0] < now
           && std::any_of(state.waiting.begin(), state.waiting.end(),
                          [&](const auto& event) { return spoils(event, now, run, terms); });
  });
  state.runs.erase(gone, state.runs.end());
  state.waiting.clear();
  for (const auto& run : made) {
    add_run(state, terms, run);
    sweep(state, terms, now);
  }
  if (is_complete(state, terms, now))
    complete(state);
}

bool is_complete(const sequence_state& state, const sequence_terms& terms, std::int64_t now) {
  return state.is_complete
         || std::any_of(state.runs.begin(), state.runs.end(), [&](const sequence_run& run) {
              return is_whole(run, terms) && deadline_of(run, terms) <= now;
            });
}

std::optional<std::int64_t> complete_at(const sequence_state& state, const sequence_terms& terms,
                                        std::int64_t now) {
  std::optional<std::int64_t> first;
  for (const auto& run : state.runs) {
    if (!is_whole(run, terms))
      continue;
    const auto at = deadline_of(run, terms);
    if (at > now)
      first = std::min(first.value_or(at), at);
  }
  return first;
}

} // namespace laurel::state
