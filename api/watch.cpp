#include "api/watch.hpp"

#include "api/base64url.hpp"
#include "api/problem.hpp"
#include "api/user_pages.hpp"
#include "schemas/decision_codec.hpp"

#include <sodium.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace laurel::api {

namespace {

constexpr std::size_t event_id_bytes = 8;
constexpr std::string_view purpose = "watch:"; // A MAC for this is good for nothing else.

std::string event_text(std::string_view kind, std::string_view data, std::string_view id = {}) {
  std::string text = "event: " + std::string(kind) + "\n";
  if (!id.empty())
    text += "id: " + std::string(id) + "\n";
  return text + "data: " + std::string(data) + "\n\n";
}

/// One line: a newline would end the field.
std::string one_line(std::string text) {
  std::erase(text, '\n');
  return text;
}

/// All of the user, for who has to start again.
std::string reset_text(const state::user_view& user, std::string_view id) {
  page_request all;
  all.limit = page_entries_max;
  return event_text("reset", badge_page(user, all).value_or("{}"), id);
}

/// One user, watched by one connection. Asked by one thread at a time.
class user_stream final : public event_stream {
public:
  user_stream(user_source& users, watch_memory& memory, watch_grant who, std::string last_id)
      : users_(users), memory_(memory), who_(std::move(who)), last_id_(std::move(last_id)) {}

  std::optional<std::string> next() override {
    const auto at = users_.where(who_.user_id);
    if (!at) // It restores, or moves to another process: the client comes again and finds it.
      return at.error().code == schemas::errc::transient && ++misses_ < misses_max
               ? std::optional(std::string{})
               : std::nullopt;
    misses_ = 0;
    if (at_ == *at)
      return std::string{};
    const auto found = users_.read(who_.user_id, {}, {});
    if (!found)
      return std::string{};
    at_ = found->at;
    state::user_view user;
    user.user_id = who_.user_id;
    if (found->view)
      user = *found->view;
    return told_ ? changed(user) : begun(user);
  }

  const std::string& owner() const override { return who_.owner; }

private:
  static constexpr int misses_max = 40; // Questions in a row, some seconds.

  /// The first thing said: where we are, what was missed, or all of it.
  std::string begun(const state::user_view& user) {
    auto now = grants_of(user);
    const auto id = event_id_of(now);
    std::string text;
    const auto before = last_id_.empty() ? std::nullopt : memory_.find(user.user_id, last_id_);
    if (last_id_.empty() || last_id_ == id)
      text = event_text("ready", "{\"user_id\":" + json_text(user.user_id) + "}", id);
    else if (before)
      text = changes_text(*before, user);
    else
      text = reset_text(user, id);
    remember(std::move(now));
    return text;
  }

  std::string changed(const state::user_view& user) {
    auto text = changes_text(*told_, user);
    remember(grants_of(user));
    return text;
  }

  void remember(told_grants now) {
    told_ = std::move(now);
    memory_.note(who_.user_id, *told_);
  }

  user_source& users_;
  watch_memory& memory_;
  watch_grant who_;
  std::string last_id_;
  std::optional<position> at_;
  std::optional<told_grants> told_;
  int misses_ = 0;
};

std::string mac_of(const pepper& with, std::string_view text) {
  return with.mac(std::string(purpose) + std::string(text));
}

bool is_equal(std::string_view left, std::string_view right) {
  return left.size() == right.size() && sodium_memcmp(left.data(), right.data(), left.size()) == 0;
}

} // namespace

// -- what is told
// -----------------------------------------------------------------------------------

told_grants grants_of(const state::user_view& user) {
  told_grants told;
  for (const auto& badge : user.badges)
    told[badge.last.grant_id] = badge.last.revision;
  return told;
}

std::string event_id_of(const told_grants& told) {
  std::string text;
  for (const auto& [grant, revision] : told)
    text += grant + ":" + std::to_string(revision) + ";";
  std::array<unsigned char, crypto_generichash_BYTES_MIN> digest{};
  crypto_generichash(digest.data(), digest.size(),
                     reinterpret_cast<const unsigned char*>(text.data()), text.size(), nullptr, 0);
  return to_base64url({reinterpret_cast<const char*>(digest.data()), event_id_bytes});
}

std::string changes_text(const told_grants& before, const state::user_view& user) {
  std::vector<std::pair<std::string_view, std::string>> events;
  const auto now = grants_of(user);
  for (const auto& badge : user.badges) {
    const auto known = before.find(badge.last.grant_id);
    if (known == before.end() || known->second != badge.last.revision)
      events.emplace_back(name_of(badge.last.kind), one_line(encode(badge.last)));
  }
  for (const auto& [grant, revision] : before)
    if (now.find(grant) == now.end())
      events.emplace_back("withdrawn", "{\"grant_id\":" + json_text(grant) + "}");
  std::string text;
  for (std::size_t i = 0; i < events.size(); ++i)
    text += event_text(events[i].first, events[i].second,
                       i + 1 == events.size() ? event_id_of(now) : std::string{});
  return text;
}

// -- tokens
// -----------------------------------------------------------------------------------------

std::string sign_watch(const watch_grant& what, std::int64_t expires_at_ms, const pepper& with) {
  const auto text =
    to_base64url(std::to_string(expires_at_ms) + ":" + what.owner + ":" + what.user_id);
  return text + "." + mac_of(with, text);
}

std::optional<watch_grant> read_watch(std::string_view token, std::int64_t now_ms,
                                      const pepper& with) {
  const auto dot = token.find('.');
  if (dot == token.npos || !is_equal(token.substr(dot + 1), mac_of(with, token.substr(0, dot))))
    return std::nullopt;
  const auto plain = from_base64url(token.substr(0, dot));
  if (!plain)
    return std::nullopt;
  const auto first = plain->find(':');
  const auto second = plain->find(':', first + 1);
  std::int64_t expires_at_ms = 0;
  std::from_chars(plain->data(), plain->data() + first, expires_at_ms);
  if (now_ms >= expires_at_ms)
    return std::nullopt;
  return watch_grant{plain->substr(first + 1, second - first - 1), plain->substr(second + 1)};
}

// -- memory
// -----------------------------------------------------------------------------------------

watch_memory::remembered& watch_memory::touch(const std::string& user_id) {
  if (const auto known = index_.find(user_id); known != index_.end()) {
    by_use_.splice(by_use_.begin(), by_use_, known->second);
    return by_use_.front();
  }
  if (index_.size() >= watched_users_max) {
    index_.erase(by_use_.back().user_id);
    by_use_.pop_back();
  }
  by_use_.push_front({user_id, {}});
  index_.emplace(user_id, by_use_.begin());
  return by_use_.front();
}

void watch_memory::note(const std::string& user_id, const told_grants& told) {
  const std::lock_guard lock{mutex_};
  auto& states = touch(user_id).states;
  auto id = event_id_of(told);
  if (std::ranges::any_of(states, [&](const auto& known) { return known.first == id; }))
    return;
  states.emplace_back(std::move(id), told);
  if (states.size() > watched_states_max)
    states.pop_front();
}

std::optional<told_grants> watch_memory::find(const std::string& user_id,
                                              std::string_view event_id) {
  const std::lock_guard lock{mutex_};
  const auto known = index_.find(user_id);
  if (known == index_.end())
    return std::nullopt;
  for (const auto& [id, told] : known->second->states)
    if (id == event_id)
      return told;
  return std::nullopt;
}

// -- the desk
// ---------------------------------------------------------------------------------------

response watch_desk::mint(const request& what, const std::string& user_id) const {
  const watch_grant grant{what.who != nullptr ? what.who->id : std::string{}, user_id};
  const auto life_ms = std::chrono::milliseconds(watch_token_life).count();
  const auto token = sign_watch(grant, now_() + life_ms, secret_);
  response answer;
  answer.body = "{\"token\":\"" + token
                + "\",\"expires_in_s\":" + std::to_string(watch_token_life.count())
                + ",\"path\":\"/api/v1/watch?token=" + token + "\"}\n";
  return answer;
}

response watch_desk::open(const request& what) {
  const auto origin = value_of(what.headers, "origin");
  if (origin && std::ranges::find(origins_, *origin) == origins_.end())
    return problem(403, "forbidden",
                   "Pages of this origin may not watch; http.cors_origins "
                   "lists those that may.");
  const auto token = value_of(what.query, "token");
  auto grant = token ? read_watch(*token, now_(), secret_) : std::nullopt;
  if (!grant)
    return problem(401, "unauthorized",
                   "Give ?token=, as POST /api/v1/users/USER/watch-tokens has made it less than a "
                   "minute ago.");
  response answer;
  answer.content_type = "text/event-stream";
  answer.stream = std::make_shared<user_stream>(
    users_, memory_, std::move(*grant),
    std::string(value_of(what.headers, "last-event-id").value_or("")));
  return answer;
}

} // namespace laurel::api
