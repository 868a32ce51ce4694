#include "state/user_machine.hpp"

#include "state/evaluator.hpp"
#include "state/user_codec.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace laurel::state {

namespace {

bool asks_to_erase(const schemas::event* event) {
  return event->order != nullptr && event->order->kind == schemas::command_kind::erase;
}

/// Up to when nothing of the user counts again: the command, or what the user did that the clocks
/// of others say is later.
std::int64_t end_of(const user_state& user, const schemas::command& asked) {
  return std::max(
    {asked.at.ms, user.erased_at, *std::max_element(user.clock.begin(), user.clock.end())});
}

} // namespace

struct user_machine::impl {
  std::unique_ptr<user_state> user;
  std::vector<row> gone; // Deletions of the life before.

  void erase(const schemas::event& event, const rules::active_rules& rules, const horizons& horizon,
             evaluation& out);
  void begin_anew(const erased_user& known);
};

void user_machine::impl::erase(const schemas::event& event, const rules::active_rules& rules,
                               const horizons& horizon, evaluation& out) {
  const auto told = out.notifications.size();
  const auto fate = evaluator(*user, rules, horizon, out).end_all(event);
  out.notifications.resize(told); // Who is forgotten is not written to.
  out.fates.push_back(fate);
  if (fate != event_fate::applied)
    return;
  erased_user known{end_of(*user, *event.order), outcome_of(*event.order, event.recorded_at)};
  out.is_first_erasure = user->erased_at == no_time;
  begin_anew(known);
  out.erased = std::move(known);
}

/// As if the user had just been read, and had no rows but what remains of them.
void user_machine::impl::begin_anew(const erased_user& known) {
  auto rows = take_all_away(*user);
  std::move(rows.begin(), rows.end(), std::back_inserter(gone));
  auto fresh = std::make_unique<user_state>(user->user_id);
  fresh->erased_at = known.erased_at;
  fresh->outcomes.push_back(known.by);
  fresh->outcomes_dirty = true;
  user = std::move(fresh);
}

user_machine::user_machine(std::string user_id)
    : impl_(new impl{std::make_unique<user_state>(std::move(user_id)), {}}) {}
user_machine::~user_machine() = default;
user_machine::user_machine(user_machine&&) noexcept = default;
user_machine& user_machine::operator=(user_machine&&) noexcept = default;

schemas::result<user_machine> user_machine::load(std::string user_id, std::span<const row> rows) {
  auto user = read_user(user_id, rows);
  if (!user)
    return tl::unexpected(user.error());
  user_machine out(std::move(user_id));
  out.impl_->user = std::move(*user);
  return out;
}

evaluation user_machine::apply(std::span<const schemas::event* const> events,
                               const rules::active_rules& rules, const horizons& horizon) {
  evaluation out;
  for (std::size_t begin = 0; begin < events.size();) {
    const auto erase = std::find_if(events.begin() + static_cast<std::ptrdiff_t>(begin),
                                    events.end(), asks_to_erase);
    const auto end = static_cast<std::size_t>(erase - events.begin());
    evaluator(*impl_->user, rules, horizon, out).apply(events.subspan(begin, end - begin));
    begin = end;
    if (erase != events.end()) {
      impl_->erase(**erase, rules, horizon, out);
      ++begin;
    }
  }
  return out;
}

evaluation user_machine::advance(const passing& how, const rules::active_rules& rules,
                                 const horizons& horizon) {
  evaluation out;
  evaluator(*impl_->user, rules, horizon, out).advance(how.to.ms, {how.recorded_at, {}});
  return out;
}

std::optional<schemas::event_time> user_machine::timer() const {
  const auto at = impl_->user->timer_at;
  return at != no_time ? std::optional(schemas::event_time{at}) : std::nullopt;
}

bool user_machine::is_stored() const {
  return impl_->user->is_stored;
}

std::vector<row> user_machine::changes() {
  if (impl_->gone.empty())
    return take_changes(*impl_->user);
  auto rows = std::exchange(impl_->gone, {});
  auto changed = take_changes(*impl_->user);
  std::erase_if(rows, [&](const row& each) {
    return std::any_of(changed.begin(), changed.end(),
                       [&](const row& other) { return other.key == each.key; });
  });
  std::move(changed.begin(), changed.end(), std::back_inserter(rows));
  return rows;
}

std::size_t user_machine::memory_bytes() const {
  return impl_->user->memory_bytes();
}

} // namespace laurel::state
