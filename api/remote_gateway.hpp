#pragma once

#include "api/catalogue_desk.hpp"
#include "api/control_client.hpp"
#include "api/gateway.hpp"
#include "api/key_desk.hpp"
#include "api/remote_operations.hpp"
#include "api/rule_desk.hpp"

#include <filesystem>
#include <memory>

namespace laurel::api {

/// The gateway of another process, asked over its control socket. Used by one thread.
class remote_gateway final : public gateway {
public:
  /// Fails with `not_found` if no process listens in `directory`.
  [[nodiscard]] static schemas::result<std::unique_ptr<remote_gateway>>
  connect(const std::filesystem::path& directory);

  [[nodiscard]] schemas::result<state::user_view> user(const std::string& user_id) override;
  [[nodiscard]] schemas::result<state::explanation> explain(state::explain_request what) override;
  [[nodiscard]] schemas::result<status_report> status() override;
  [[nodiscard]] schemas::result<std::vector<rule_summary>> rules() override;
  [[nodiscard]] schemas::result<publish_outcome> publish_rule(const std::string& document) override;
  [[nodiscard]] schemas::result<void> retire_rule(const std::string& id) override;
  [[nodiscard]] schemas::result<append_outcome>
  append_events(std::span<const std::string> lines) override;
  [[nodiscard]] schemas::result<void> append_command(const schemas::command& what) override;
  schemas::result<erasure_certificate> erasure(const std::string& user_id) override;
  key_desk* keys() override { return &desk_; }
  rule_desk* rule_life() override { return &rules_; }
  catalogue_desk* catalogue() override { return &catalogue_; }
  operations* desk() override { return &operations_; }

private:
  explicit remote_gateway(std::unique_ptr<control_client> client) : client_(std::move(client)) {}

  std::unique_ptr<control_client> client_;
  remote_key_desk desk_{*client_};
  remote_rule_desk rules_{*client_};
  remote_catalogue_desk catalogue_{*client_};
  remote_operations operations_{*client_};
};

} // namespace laurel::api
