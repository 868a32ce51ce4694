#include "actors/catalog_view.hpp"

#include <nlohmann/json.hpp>

#include <utility>

namespace laurel::actors {

namespace {

constexpr std::string_view rule_prefix = "rule/";

} // namespace

std::string catalog_view::apply(const catalog_record& record) {
  next_position_ = record.next_position;
  const std::string_view key{record.key};
  if (!key.starts_with(rule_prefix))
    return {};
  const auto rest = key.substr(rule_prefix.size());
  const auto slash = rest.find('/');
  const std::string id{rest.substr(0, slash)};
  if (slash == std::string_view::npos) {
    if (record.value)
      return apply_head(id, *record.value);
    heads_.erase(id);
    return {};
  }
  const std::string version{rest.substr(slash + 1)};
  if (record.value)
    return apply_document(id, version, *record.value);
  rules_.erase({id, version});
  return {};
}

std::shared_ptr<const state::rules::rule_book> catalog_view::book() const {
  std::vector<std::shared_ptr<const state::rules::compiled_rule>> active;
  for (const auto& [id, head] : heads_)
    if (head.is_active)
      if (auto found = rule(id, head.version))
        active.push_back(std::move(found));
  return std::make_shared<const state::rules::rule_book>(std::move(active));
}

std::shared_ptr<const state::rules::compiled_rule>
catalog_view::rule(const std::string& id, const std::string& version) const {
  const auto found = rules_.find({id, version});
  return found == rules_.end() ? nullptr : found->second;
}

std::string catalog_view::apply_head(const std::string& id, const std::string& value) {
  const auto head = nlohmann::json::parse(value, nullptr, false);
  const bool is_head = head.is_object() && head.contains("version") && head["version"].is_string()
                       && head.contains("state") && head["state"].is_string();
  if (!is_head)
    return "rule/" + id + ": the head is not {\"version\": ..., \"state\": ...}";
  heads_[id] = {head["version"].get<std::string>(), head["state"] == "active"};
  return {};
}

std::string catalog_view::apply_document(const std::string& id, const std::string& version,
                                         const std::string& value) {
  auto compiled = state::rules::compile_rule(value);
  if (compiled.rule == nullptr) {
    std::string why = "rule/" + id + "/" + version + ":";
    for (const auto& fault : compiled.faults)
      why += " " + fault.path + ": " + fault.message + ";";
    return why;
  }
  rules_[{id, version}] = std::move(compiled.rule);
  return {};
}

std::string rule_document_key(std::string_view id, std::string_view version) {
  return std::string{rule_prefix}.append(id).append("/").append(version);
}

std::string rule_head_key(std::string_view id) {
  return std::string{rule_prefix}.append(id);
}

std::string rule_head_value(std::string_view version, bool is_active) {
  const nlohmann::json head{{"version", version}, {"state", is_active ? "active" : "retired"}};
  return head.dump();
}

} // namespace laurel::actors
