#include "actors/catalog_view.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <utility>

namespace laurel::actors {

namespace {

using rule_head = catalog_view::rule_head;
using json = nlohmann::json;

constexpr std::string_view rule_prefix = "rule/";

/// Why the record of `key` is left out.
std::string told(std::string key, const std::vector<state::rules::rule_fault>& faults) {
  key += ":";
  for (const auto& fault : faults)
    key += " " + fault.path + ": " + fault.message + ";";
  return key;
}

std::string_view name_of(rule_head::stage at) {
  return at == rule_head::stage::active  ? "active"
         : at == rule_head::stage::draft ? "draft"
                                         : "retired";
}

bool has_text(const json& in, const char* name) {
  return in.contains(name) && in[name].is_string();
}

/// Of a head of an earlier version of this program the later members are missing.
rule_head read_head(const json& in) {
  rule_head head;
  head.version = in["version"];
  head.at = in["state"] == "active"  ? rule_head::stage::active
            : in["state"] == "draft" ? rule_head::stage::draft
                                     : rule_head::stage::retired;
  if (has_text(in, "shadow") && in.contains("shadow_since") && in["shadow_since"].is_number()) {
    head.shadow = in["shadow"];
    head.shadow_since_ms = in["shadow_since"];
  }
  if (in.contains("before") && in["before"].is_array()) {
    for (const auto& each : in["before"])
      head.before.push_back(each.is_string() ? each.get<std::string>() : std::string{});
  }
  return head;
}

} // namespace

std::string catalog_view::apply(const catalog_record& record) {
  next_position_ = record.next_position;
  const std::string_view key{record.key};
  const auto kind = state::parse_catalogue_kind(key.substr(0, key.find('/')));
  if (kind && key.find('/') != std::string_view::npos)
    return apply_entry(*kind, std::string(key.substr(key.find('/') + 1)), record.value);
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
  for (const auto& [id, head] : heads_) {
    if (head.is_active())
      if (auto found = rule(id, head.version))
        active.push_back(std::move(found));
    if (!head.shadow.empty())
      if (const auto found = rule(id, head.shadow))
        active.push_back(state::rules::shadow_of(*found));
  }
  return std::make_shared<const state::rules::rule_book>(std::move(active));
}

std::shared_ptr<const state::rules::compiled_rule>
catalog_view::rule(const std::string& id, const std::string& version) const {
  const auto found = rules_.find({id, version});
  return found == rules_.end() ? nullptr : found->second.rule;
}

std::vector<catalog_view::stored_version> catalog_view::versions_of(const std::string& id) const {
  std::vector<stored_version> found;
  for (auto at = rules_.lower_bound({id, ""}); at != rules_.end() && at->first.first == id; ++at)
    found.push_back(at->second);
  std::ranges::sort(found, {}, &stored_version::position);
  return found;
}

std::string catalog_view::apply_head(const std::string& id, const std::string& value) {
  const auto head = json::parse(value, nullptr, false);
  if (!head.is_object() || !has_text(head, "version") || !has_text(head, "state"))
    return "rule/" + id + ": the head is not {\"version\": ..., \"state\": ...}";
  heads_[id] = read_head(head);
  return {};
}

std::string catalog_view::apply_document(const std::string& id, const std::string& version,
                                         const std::string& value) {
  auto compiled = state::rules::compile_rule(value);
  if (compiled.rule == nullptr)
    return told(rule_document_key(id, version), compiled.faults);
  auto& stored = rules_[{id, version}];
  if (stored.rule == nullptr)
    stored.position = next_position_;
  stored.version = version;
  stored.rule = std::move(compiled.rule);
  return {};
}

std::string catalog_view::apply_entry(state::catalogue_kind kind, const std::string& id,
                                      const std::optional<std::string>& value) {
  if (!value) {
    entries_.erase({kind, id});
    return {};
  }
  auto read = state::read_catalogue_entry(kind, *value);
  if (!read.faults.empty())
    return told(entry_key(kind, id), read.faults);
  if (read.entries.front().id != id)
    return entry_key(kind, id) + ": its id is another one";
  entries_[{kind, id}] = std::move(read.entries.front());
  return {};
}

std::string entry_key(state::catalogue_kind kind, std::string_view id) {
  return std::string(state::name_of(kind)).append("/").append(id);
}

std::string rule_document_key(std::string_view id, std::string_view version) {
  return std::string{rule_prefix}.append(id).append("/").append(version);
}

std::string rule_head_key(std::string_view id) {
  return std::string{rule_prefix}.append(id);
}

std::string rule_head_value(const catalog_view::rule_head& head) {
  json out{{"version", head.version}, {"state", name_of(head.at)}};
  if (!head.shadow.empty()) {
    out["shadow"] = head.shadow;
    out["shadow_since"] = head.shadow_since_ms;
  }
  if (!head.before.empty())
    out["before"] = head.before;
  return out.dump();
}

} // namespace laurel::actors
