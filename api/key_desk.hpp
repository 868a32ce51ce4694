#pragma once

#include "api/api_key.hpp"
#include "api/control_client.hpp"
#include "api/gateway.hpp"
#include "api/route_table.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace laurel::api {

/// A key that somebody wants.
struct key_wish {
  std::string name;
  scope_set scopes;
  std::vector<std::string> users;        // Empty: all.
  std::uint32_t requests_per_minute = 0; // 0: the setting.
  std::optional<std::chrono::milliseconds> lifetime;
};

/// A key just made, with the text that is shown once and kept nowhere.
struct minted_key {
  api_key key;
  std::string text;
};

/// Makes, lists and ends API keys. The running process implements it, `remote_key_desk` over its
/// socket, and the command line without a process. Calls may block; safe from any thread.
class key_desk {
public:
  virtual ~key_desk() = default;

  [[nodiscard]] virtual schemas::result<minted_key> create(const key_wish& wish) = 0;
  [[nodiscard]] virtual schemas::result<std::vector<api_key>> list() = 0; // By kid.
  /// `not_found` if there is no such key, as below.
  [[nodiscard]] virtual schemas::result<void> disable(const std::string& kid) = 0;
  /// A new secret under the same name; the old one is over at once. Enables it, too.
  [[nodiscard]] virtual schemas::result<minted_key> rotate(const std::string& kid) = 0;
};

/// Handlers of /api/v1/keys, for the control socket alone. Without a desk they say so.
void add_keys(handlers& to, gateway& pipeline);

/// The desk of another process.
class remote_key_desk final : public key_desk {
public:
  explicit remote_key_desk(control_client& client) : client_(client) {}

  schemas::result<minted_key> create(const key_wish& wish) override;
  schemas::result<std::vector<api_key>> list() override;
  schemas::result<void> disable(const std::string& kid) override;
  schemas::result<minted_key> rotate(const std::string& kid) override;

private:
  control_client& client_;
};

/// A key as people see it: all but the MAC of its secret.
std::string shown(const api_key& key);

/// {"key": ..., "text": ...}
std::string shown(const minted_key& key);

/// {"keys": [...]}
std::string shown(const std::vector<api_key>& keys);

} // namespace laurel::api
