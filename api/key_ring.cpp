#include "api/key_ring.hpp"

#include <sodium.h>

namespace laurel::api {

namespace {

/// Clocks of machines differ by this much; a key is good for as much longer.
constexpr std::int64_t clock_skew_ms = 60'000;

constexpr std::string_view record_prefix = "key/";

bool is_equal(const std::string& left, const std::string& right) {
  return left.size() == right.size() && sodium_memcmp(left.data(), right.data(), left.size()) == 0;
}

} // namespace

std::string key_ring::apply(const std::string& record_key,
                            const std::optional<std::string>& value) {
  if (!record_key.starts_with(record_prefix))
    return {}; // Of a kind that comes with a later version.
  const auto kid = record_key.substr(record_prefix.size());
  const std::lock_guard lock{mutex_};
  if (!value) {
    keys_.erase(kid);
    return {};
  }
  auto key = decode_api_key(*value);
  if (!key || key->kid != kid) {
    keys_.erase(kid); // What it was before may have been taken back: nobody comes in by it.
    return "the record " + record_key + " is no API key";
  }
  auto who = std::make_shared<principal>();
  who->id = kid;
  who->scopes = key->scopes;
  who->users = key->users;
  who->requests_per_minute = key->requests_per_minute;
  keys_.insert_or_assign(kid, entry{std::move(*key), std::move(who)});
  return {};
}

void key_ring::set_caught_up() {
  const std::lock_guard lock{mutex_};
  is_caught_up_ = true;
}

bool key_ring::is_caught_up() const {
  const std::lock_guard lock{mutex_};
  return is_caught_up_;
}

std::shared_ptr<const principal> key_ring::check(std::string_view secret,
                                                 std::int64_t now_ms) const {
  const auto parts = split_api_key(secret);
  entry found;
  if (parts) {
    const std::lock_guard lock{mutex_};
    if (const auto at = keys_.find(parts->kid); at != keys_.end())
      found = at->second;
  }
  // The same work is done whether the key is known or not.
  const auto& with =
    !previous_.empty() && found.key.pepper_id == previous_.id() ? previous_ : current_;
  const auto mac = with.mac(parts ? parts->secret : secret);
  const bool is_right = is_equal(mac, found.who != nullptr ? found.key.mac : std::string(64, '0'));
  const bool is_good =
    found.key.is_enabled && found.key.pepper_id == with.id()
    && (!found.key.expires_at_ms || now_ms < *found.key.expires_at_ms + clock_skew_ms);
  return is_right && is_good ? found.who : nullptr;
}

std::optional<api_key> key_ring::find(const std::string& kid) const {
  const std::lock_guard lock{mutex_};
  const auto at = keys_.find(kid);
  return at == keys_.end() ? std::nullopt : std::optional(at->second.key);
}

std::vector<api_key> key_ring::list() const {
  const std::lock_guard lock{mutex_};
  std::vector<api_key> all;
  for (const auto& [kid, known] : keys_)
    all.push_back(known.key);
  return all;
}

} // namespace laurel::api
