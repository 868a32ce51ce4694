#include "state/user_machine.hpp"

#include "state/evaluator.hpp"
#include "state/user_codec.hpp"

namespace laurel::state {

struct user_machine::impl {
  std::unique_ptr<user_state> user;
};

user_machine::user_machine(std::string user_id)
    : impl_(new impl{std::make_unique<user_state>(std::move(user_id))}) {}
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
  evaluator(*impl_->user, rules, horizon, out).apply(events);
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

std::vector<row> user_machine::changes() {
  return take_changes(*impl_->user);
}

std::size_t user_machine::memory_bytes() const {
  return impl_->user->memory_bytes();
}

} // namespace laurel::state
