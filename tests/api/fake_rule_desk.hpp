#pragma once

#include "api/rule_desk.hpp"

#include <string>
#include <vector>

namespace laurel::tests {

/// Knows one rule, "r", and remembers what it was asked.
class fake_rule_desk final : public api::rule_desk {
public:
  schemas::result<api::publish_outcome> publish(const std::string& document,
                                                api::rule_stage as) override {
    if (document.find("{bad}") != std::string::npos)
      return api::publish_outcome{"", "", false, {{"/when", "is bad"}}};
    stages.push_back(as);
    return api::publish_outcome{"r", "v2-which-is-long", true, {}};
  }
  schemas::result<api::publish_outcome> activate(const std::string& id,
                                                 const std::string& version) override {
    if (id != "r")
      return unknown(id);
    activated.push_back(version);
    return api::publish_outcome{"r", version.empty() ? "v2" : version, true, {}};
  }
  schemas::result<api::publish_outcome> roll_back(const std::string& id) override {
    if (id != "r")
      return unknown(id);
    return api::publish_outcome{"r", "v1", true, {}};
  }
  schemas::result<void> end_trial(const std::string& id) override {
    if (id != "r")
      return unknown(id);
    ++trials_ended;
    return {};
  }
  schemas::result<std::vector<api::rule_version>> versions(const std::string& id) override {
    if (id != "r")
      return unknown(id);
    return std::vector<api::rule_version>{{"v1", "active", "{\"id\":\"r\"}"},
                                          {"v2", "shadow", "{}"}};
  }
  schemas::result<api::rule_trial> trial(const std::string& id) override {
    if (id != "r")
      return unknown(id);
    return api::rule_trial{"r", "v2", 1'767'225'600'000, {{"B", 3, 2, 1, {"ada"}}}};
  }

  std::vector<api::rule_stage> stages;
  std::vector<std::string> activated;
  int trials_ended = 0;

private:
  static tl::unexpected<schemas::error> unknown(const std::string& id) {
    return schemas::failure(schemas::errc::not_found, "there is no rule \"" + id + "\"");
  }
};

} // namespace laurel::tests
