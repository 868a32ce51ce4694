#pragma once

#include "api/gateway.hpp"

#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace laurel::tests {

/// A pipeline of maps: strict about what it knows, and it remembers what it was asked.
class fake_gateway final : public api::gateway {
public:
  schemas::result<state::user_view> user(const std::string& user_id) override {
    const std::lock_guard lock{mutex};
    const auto found = users.find(user_id);
    if (found == users.end())
      return schemas::failure(schemas::errc::not_found, "there is no user \"" + user_id + "\"");
    return found->second;
  }

  schemas::result<state::explanation> explain(state::explain_request what) override {
    const std::lock_guard lock{mutex};
    explained.push_back(what);
    if (!users.contains(what.user_id))
      return schemas::failure(schemas::errc::not_found,
                              "there is no user \"" + what.user_id + "\"");
    auto out = explanation;
    out.user_id = what.user_id;
    out.rule_id = what.rule_id;
    return out;
  }

  schemas::result<api::status_report> status() override {
    const std::lock_guard lock{mutex};
    return report;
  }

  schemas::result<std::vector<api::rule_summary>> rules() override {
    const std::lock_guard lock{mutex};
    return catalog;
  }

  schemas::result<api::publish_outcome> publish_rule(const std::string& document) override {
    const std::lock_guard lock{mutex};
    published.push_back(document);
    if (document.find("{bad}") != std::string::npos)
      return api::publish_outcome{"", "", false, {{"/when", "is bad"}, {"/on", "is worse"}}};
    return api::publish_outcome{"rule", "v1", true, {}};
  }

  schemas::result<void> retire_rule(const std::string& id) override {
    const std::lock_guard lock{mutex};
    for (auto& rule : catalog)
      if (rule.id == id)
        return rule.state = "retired", schemas::result<void>{};
    return schemas::failure(schemas::errc::not_found, "there is no rule \"" + id + "\"");
  }

  schemas::result<api::erasure_certificate> erasure(const std::string& user_id) override {
    if (user_id != certificate.user_id)
      return schemas::failure(schemas::errc::not_found, "never erased");
    return certificate;
  }
  schemas::result<void> append_command(const schemas::command& what) override {
    commands.push_back(what);
    return {};
  }
  std::vector<schemas::command> commands;

  schemas::result<void> append_traced(const schemas::command& what,
                                      std::string_view traceparent) override {
    traces.emplace_back(traceparent);
    return append_command(what);
  }
  schemas::result<api::append_outcome> append_traced(std::span<const std::string> lines,
                                                     std::string_view traceparent) override {
    traces.emplace_back(traceparent);
    return append_events(lines);
  }
  std::vector<std::string> traces;

  schemas::result<api::append_outcome> append_events(std::span<const std::string> lines) override {
    const std::lock_guard lock{mutex};
    if (failures_left > 0) {
      --failures_left;
      return schemas::failure(schemas::errc::transient, "busy");
    }
    ++batches;
    api::append_outcome outcome;
    for (std::size_t i = 0; i < lines.size(); ++i)
      if (lines[i].find("{bad}") != std::string::npos)
        outcome.faults.push_back({i + 1, "is bad"});
      else if (!lines[i].empty())
        appended.push_back(lines[i]), ++outcome.appended;
    return outcome;
  }

  api::key_desk* keys() override { return desk; }

  api::rule_desk* rule_life() override { return life; }
  api::catalogue_desk* catalogue() override { return badges; }

  api::key_desk* desk = nullptr;
  api::rule_desk* life = nullptr;
  api::catalogue_desk* badges = nullptr;
  std::mutex mutex;
  api::erasure_certificate certificate;
  std::map<std::string, state::user_view> users;
  state::explanation explanation; // For whoever is asked about.
  std::vector<state::explain_request> explained;
  api::status_report report;
  std::vector<api::rule_summary> catalog;
  std::vector<std::string> published;
  std::vector<std::string> appended;
  int batches = 0;
  int failures_left = 0; // Appends that fail for a moment before one succeeds.
};

} // namespace laurel::tests
