#include "api/catalogue_desk.hpp"

#include "api/documents.hpp"
#include "api/problem.hpp"
#include "api/read_answer.hpp"

#include <nlohmann/json.hpp>

#include <map>
#include <set>
#include <utility>

namespace laurel::api {

namespace {

using json = nlohmann::ordered_json;
using schemas::errc;
using schemas::failure;
using schemas::result;
using state::catalogue_entry;
using state::catalogue_kind;

std::string dump(const json& document) {
  return document.dump(-1, ' ', false, json::error_handler_t::replace);
}

/// Runs `use` with the desk and the request.
template <class Use>
handler with_desk(gateway& pipeline, Use use) {
  return [ask = &pipeline, use](const request& what, const path_values&) {
    auto* desk = ask->catalogue();
    if (desk == nullptr)
      return problem(schemas::error{errc::not_found, "this process has no catalogue"});
    return use(*desk, what);
  };
}

response publish(catalogue_desk& desk, const request& what) {
  const auto change = desk.publish(what.body);
  if (!change)
    return problem(change.error());
  std::vector<problem_detail> errors;
  for (const auto& fault : change->faults)
    errors.push_back({fault.path, fault.message});
  if (!errors.empty())
    return problem(422, "catalogue-faults", "The catalogue has faults; nothing was changed.",
                   errors);
  return ok(dump({{"written", change->written}, {"unchanged", change->unchanged}}));
}

/// Adds the texts for one reader.
void add_texts(json& entry, std::string_view locale) {
  if (locale.empty())
    return;
  for (const auto& [plural, name] :
       {std::pair("names", "name"), std::pair("descriptions", "description")}) {
    if (!entry.contains(plural))
      continue;
    std::vector<std::pair<std::string, std::string>> texts;
    for (const auto& [tag, text] : entry[plural].items())
      texts.emplace_back(tag, text.template get<std::string>());
    entry[name] = state::text_for(texts, locale);
  }
}

/// The rules in force, by the badge that they grant.
std::map<std::string, json> rules_by_badge(const std::vector<rule_summary>& rules) {
  std::map<std::string, json> by_badge;
  for (const auto& rule : rules) {
    if (rule.state != "active")
      continue;
    const auto document = json::parse(rule.document, nullptr, false);
    if (!document.is_object() || !document.contains("badge") || !document["badge"].is_string())
      continue;
    by_badge[document["badge"].get<std::string>()].push_back(
      {{"rule_id", rule.id}, {"rule_version", rule.version}});
  }
  return by_badge;
}

std::string_view list_name(catalogue_kind kind) {
  return kind == catalogue_kind::series ? "series" : "categories";
}

/// Of a process without a catalogue there are none.
result<std::vector<catalogue_entry>> entries_of(gateway& pipeline) {
  auto* desk = pipeline.catalogue();
  return desk != nullptr ? desk->entries() : std::vector<catalogue_entry>{};
}

std::string_view locale_of(const request& what) {
  return value_of(what.query, "locale").value_or("");
}

response list_badges(gateway& pipeline, const request& what) {
  const auto rules = pipeline.rules();
  if (!rules)
    return problem(rules.error());
  const auto entries = entries_of(pipeline);
  return entries ? ok(badge_list(*rules, *entries, locale_of(what))) : problem(entries.error());
}

response list_entries(gateway& pipeline, const request& what, catalogue_kind kind) {
  const auto entries = entries_of(pipeline);
  return entries ? ok(entry_list(kind, *entries, locale_of(what))) : problem(entries.error());
}

} // namespace

std::string shown(const std::vector<catalogue_entry>& entries) {
  json list = json::array();
  for (const auto& entry : entries)
    list.push_back({{"kind", state::name_of(entry.kind)}, {"document", entry.document}});
  return dump({{"entries", std::move(list)}});
}

std::string badge_list(const std::vector<rule_summary>& rules,
                       const std::vector<catalogue_entry>& entries, std::string_view locale) {
  auto granted_by = rules_by_badge(rules);
  std::set<std::string> hidden;
  std::map<std::string, json> badges;
  for (const auto& entry : entries) {
    if (entry.kind != catalogue_kind::badge)
      continue;
    if (entry.is_hidden) {
      hidden.insert(entry.id);
      continue;
    }
    json shown{{"badge_id", entry.id}, {"rules", json::array()}};
    const auto document = json::parse(entry.document);
    for (const auto& [name, member] : document.items())
      if (name != "id" && name != "hidden")
        shown[name] = member;
    add_texts(shown, locale);
    badges[entry.id] = std::move(shown);
  }
  for (auto& [badge, of] : granted_by) {
    if (hidden.contains(badge))
      continue;
    auto& shown = badges[badge];
    shown["badge_id"] = badge;
    shown["rules"] = std::move(of);
  }
  json list = json::array();
  for (auto& [id, badge] : badges)
    list.push_back(std::move(badge));
  return dump({{"badges", std::move(list)}});
}

std::string entry_list(catalogue_kind kind, const std::vector<catalogue_entry>& entries,
                       std::string_view locale) {
  std::set<std::string> hidden;
  for (const auto& entry : entries)
    if (entry.kind == catalogue_kind::badge && entry.is_hidden)
      hidden.insert(entry.id);
  json list = json::array();
  for (const auto& entry : entries) {
    if (entry.kind != kind)
      continue;
    auto shown = json::parse(entry.document);
    if (shown.contains("badges")) { // A surprise stays one, also in a series.
      json badges = json::array();
      for (auto& badge : shown["badges"])
        if (!hidden.contains(badge.get<std::string>()))
          badges.push_back(std::move(badge));
      shown["badges"] = std::move(badges);
    }
    add_texts(shown, locale);
    list.push_back(std::move(shown));
  }
  json out;
  out[std::string(list_name(kind))] = std::move(list);
  return dump(out);
}

void add_catalogue_desk(handlers& to, gateway& pipeline) {
  to["publish_catalogue"] = with_desk(
    pipeline, [](catalogue_desk& desk, const request& what) { return publish(desk, what); });
  to["catalogue"] = with_desk(pipeline, [](catalogue_desk& desk, const request&) {
    const auto all = desk.entries();
    return all ? ok(shown(*all)) : problem(all.error());
  });
}

void add_badges(handlers& to, gateway& pipeline) {
  auto* ask = &pipeline;
  to["badges"] = [ask](const request& what, const path_values&) { return list_badges(*ask, what); };
  to["series"] = [ask](const request& what, const path_values&) {
    return list_entries(*ask, what, catalogue_kind::series);
  };
  to["categories"] = [ask](const request& what, const path_values&) {
    return list_entries(*ask, what, catalogue_kind::category);
  };
}

// -- the desk of another process ------------------------------------------------------------------

result<catalogue_change> remote_catalogue_desk::publish(const std::string& text) {
  request what{.verb = method::post,
               .path = "/api/v1/catalogue",
               .query = {},
               .headers = {{"content-type", std::string(json_type)}},
               .body = text};
  const auto answer = client_.send(what);
  if (answer && answer->status == 422) {
    auto faults = parse_rule_faults(answer->body);
    if (!faults)
      return tl::unexpected(faults.error());
    return catalogue_change{0, 0, std::move(faults->faults)};
  }
  return read_json(answer, [](const json& in) {
    return catalogue_change{in.at("written"), in.at("unchanged"), {}};
  });
}

result<std::vector<catalogue_entry>> remote_catalogue_desk::entries() {
  request what{.path = "/api/v1/catalogue", .query = {}, .headers = {}, .body = {}};
  return read_json(client_.send(what), [](const json& in) {
    std::vector<catalogue_entry> all;
    for (const auto& each : in.at("entries")) {
      const auto kind = state::parse_catalogue_kind(each.at("kind").get<std::string>());
      auto entry = state::read_catalogue_entry(kind.value_or(catalogue_kind::badge),
                                               each.at("document").get<std::string>());
      if (kind && entry.faults.empty())
        all.push_back(std::move(entry.entries.front()));
    }
    return all;
  });
}

} // namespace laurel::api
