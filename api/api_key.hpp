#pragma once

#include "api/access.hpp"
#include "schemas/base/result.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// API keys: "bk_<10 characters of base32>_<43 characters of base64url>". The first part names the
/// key and may be shown; the second is the secret, of 256 random bits, and is kept nowhere: what is
/// stored is its HMAC under a pepper that the log does not hold.
namespace laurel::api {

/// A key as `badge.identity` has it, under the record key "key/<kid>".
struct api_key {
  std::string kid;
  std::string mac;       // HMAC-SHA256 of the secret, in hex.
  std::string pepper_id; // Which pepper, so that one can be changed for another.
  std::string name;      // What it is for, for people.
  scope_set scopes;
  std::vector<std::string> users;        // The only users it is for, sorted; empty: all.
  std::uint32_t requests_per_minute = 0; // 0: the setting.
  std::int64_t created_at_ms = 0;
  std::optional<std::int64_t> expires_at_ms;
  bool is_enabled = true;
};

std::string encode(const api_key& key);
/// Fails with `bad_input`. Members it does not know are skipped.
[[nodiscard]] schemas::result<api_key> decode_api_key(std::string_view json);

std::string record_key_of(std::string_view kid);

/// A pepper and the name it goes by in stored keys.
class pepper {
public:
  explicit pepper(std::string bytes);
  const std::string& id() const { return id_; }
  bool empty() const { return bytes_.empty(); }
  /// HMAC-SHA256 of `secret`, in hex.
  std::string mac(std::string_view secret) const;

private:
  std::string bytes_;
  std::string id_; // Eight hex digits of a hash of it.
};

/// The two parts of a key as it is presented; nothing if it is none.
struct presented_parts {
  std::string_view kid;
  std::string_view secret;
};
std::optional<presented_parts> split_api_key(std::string_view text);

/// Gives `key` a new kid (unless it has one) and a new secret; returns the text to be shown once.
std::string mint(api_key& key, const pepper& with);

} // namespace laurel::api
