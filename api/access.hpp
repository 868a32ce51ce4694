#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// Who asks, and what they may do.
namespace laurel::api {

/// What a key may be allowed; a route needs one of them.
enum class scope : std::uint8_t {
  read_badges, // Badges, progress, catalogue.
  read_users,  // The whole picture of a user.
  read_grants, // History, and watching it.
  read_redemption,
  write_redemption,
  write_events, // Ingest.
  write_grants, // Grants by hand, revokes, extensions.
  erase_users,  // Forgets users.
};

inline constexpr std::array<std::pair<scope, std::string_view>, 8> scope_names{
  {{scope::read_badges, "read:badges"},
   {scope::read_users, "read:users"},
   {scope::read_grants, "read:grants"},
   {scope::read_redemption, "read:redemption"},
   {scope::write_redemption, "write:redemption"},
   {scope::write_events, "write:events"},
   {scope::write_grants, "write:grants"},
   {scope::erase_users, "erase:users"}}};

constexpr std::string_view name_of(scope what) {
  return scope_names[static_cast<std::size_t>(what)].second;
}

constexpr std::optional<scope> parse_scope(std::string_view text) {
  for (const auto& [what, name] : scope_names)
    if (name == text)
      return what;
  return std::nullopt;
}

/// A set of scopes.
class scope_set {
public:
  constexpr scope_set() = default;
  static constexpr scope_set all() {
    scope_set made;
    for (const auto& [what, name] : scope_names)
      made.add(what);
    return made;
  }
  constexpr void add(scope what) { bits_ |= 1U << static_cast<unsigned>(what); }
  constexpr bool has(scope what) const { return (bits_ >> static_cast<unsigned>(what) & 1U) != 0; }
  constexpr bool empty() const { return bits_ == 0; }
  friend constexpr bool operator==(scope_set, scope_set) = default;

private:
  std::uint32_t bits_ = 0;
};

/// A caller that has proved who it is. Immutable; shared by the requests of one key.
struct principal {
  std::string id; // What logs and limits know it by; never the secret.
  scope_set scopes;
  std::vector<std::string> users;        // The only users it may ask about, sorted; empty: all.
  std::uint32_t requests_per_minute = 0; // 0: the setting.

  bool may_see(std::string_view user_id) const;
};

/// Tells who presents a secret.
class key_checker {
public:
  virtual ~key_checker() = default;

  /// Null if no key fits. Takes the same time for a key that is not there. Any thread.
  virtual std::shared_ptr<const principal> check(std::string_view secret,
                                                 std::int64_t now_ms) const = 0;

  /// False while disabled keys could be taken for good ones: all keys are refused then.
  virtual bool is_caught_up() const = 0;
};

} // namespace laurel::api
