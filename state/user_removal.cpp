#include "state/timer.hpp"
#include "state/user_codec.hpp"

#include <algorithm>
#include <utility>

namespace laurel::state {

namespace {

/// Keys of rows that are stored, or about to be: a deletion too many does no harm.
std::vector<std::string> all_keys(user_state& user) {
  std::vector<std::string> keys;
  if (user.is_stored)
    keys.push_back(core_key(user.user_id));
  if (user.stored_timer_at != no_time)
    keys.push_back(no_timer_row({{user.stored_timer_at}, user.user_id}).key);
  for (auto& changed : take_changes(user))
    keys.push_back(std::move(changed.key));
  if (!user.has_rows)
    return keys;
  keys.push_back(outcomes_key(user));
  for (std::size_t i = 0; i < schemas::event_input_count; ++i) {
    const auto from = static_cast<schemas::input>(i);
    for (const auto& one : user.history.segments(from))
      if (one.is_stored)
        keys.push_back(segment_key(user, from, one.first));
  }
  for (const auto& rule : user.rules) {
    for (const auto& one : rule->instances) {
      append_element_keys(user, *rule, *one, keys);
      if (one->in_row)
        keys.push_back(instance_key(user, *rule, *one));
    }
  }
  return keys;
}

} // namespace

std::vector<row> take_all_away(user_state& user) {
  auto keys = all_keys(user);
  std::sort(keys.begin(), keys.end());
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
  std::vector<row> gone;
  for (auto& key : keys)
    gone.push_back({std::move(key), std::nullopt});
  return gone;
}

} // namespace laurel::state
