#pragma once

#include "api/api_key.hpp"
#include "api/event_stream.hpp"
#include "api/http.hpp"
#include "api/user_source.hpp"

#include <cstdint>
#include <deque>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace laurel::api {

inline constexpr std::chrono::seconds watch_token_life{60};
inline constexpr std::size_t watched_users_max = 4'096; // Whose states are remembered.
inline constexpr std::size_t watched_states_max = 16;   // Of one user.

/// What a watcher has been told of a user: each grant and its revision.
using told_grants = std::map<std::string, std::uint32_t, std::less<>>;

told_grants grants_of(const state::user_view& user);

/// The event id of a state: the same state has the same id.
std::string event_id_of(const told_grants& told);

/// What to send to who has been told `before` and is to know `user`: one event a change. The id
/// stands with the last of them, so that who lost the rest of a commit is told it again.
std::string changes_text(const told_grants& before, const state::user_view& user);

/// Who may watch a user: signed by us, named in it who asked, and over in a minute.
struct watch_grant {
  std::string owner; // The key's kid.
  std::string user_id;
};
std::string sign_watch(const watch_grant& what, std::int64_t expires_at_ms, const pepper& with);
std::optional<watch_grant> read_watch(std::string_view token, std::int64_t now_ms,
                                      const pepper& with);

/// States that watchers have been told, by event id: what a stream that broke off goes on from.
/// Bounded; forgets the user unseen for longest. Safe from any thread.
class watch_memory {
public:
  void note(const std::string& user_id, const told_grants& told);
  std::optional<told_grants> find(const std::string& user_id, std::string_view event_id);

private:
  struct remembered {
    std::string user_id;
    std::deque<std::pair<std::string, told_grants>> states; // The newest last.
  };
  remembered& touch(const std::string& user_id);

  std::mutex mutex_;
  std::list<remembered> by_use_; // Guarded by mutex_, as is the next. Last used first.
  std::map<std::string, std::list<remembered>::iterator, std::less<>> index_;
};

/// Lets browsers watch one user. A key mints a token, since an EventSource sends no header.
class watch_desk {
public:
  using clock = std::function<std::int64_t()>; // Wall clock, in ms.

  /// `users` outlives it. Pages of other `origins` may not watch.
  watch_desk(user_source& users, pepper secret, std::vector<std::string> origins, clock now)
      : users_(users),
        secret_(std::move(secret)),
        origins_(std::move(origins)),
        now_(std::move(now)) {}

  /// {"token", "expires_in_s", "path"}
  response mint(const request& what, const std::string& user_id) const;

  /// The stream, or why there is none.
  response open(const request& what);

private:
  user_source& users_;
  pepper secret_;
  std::vector<std::string> origins_;
  clock now_;
  watch_memory memory_;
};

} // namespace laurel::api
