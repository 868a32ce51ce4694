#include "api/explanation_document.hpp"

#include "schemas/decision_codec.hpp"

#include <nlohmann/json.hpp>

#include <utility>

namespace laurel::api {

namespace {

// Members keep the order in which they are written here: people read these documents.
using json = nlohmann::ordered_json;
using state::explained_condition;
using state::explained_event;
using state::explained_leaf;

/// What has no value is null, so that nobody takes it for an empty text.
json or_null(const std::string& text) {
  return text.empty() ? json() : json(text);
}

std::string text_or_none(const json& in) {
  return in.is_null() ? std::string{} : in.get<std::string>();
}

schemas::event_time time_of(const json& in) {
  return schemas::parse_rfc3339(in.get<std::string>()).value_or(schemas::event_time{});
}

json document_of(const explained_event& event) {
  json out{{"event_id", event.id}, {"occurred_at", to_rfc3339(event.at)}};
  if (!event.adds.empty())
    out["adds"] = event.adds;
  return out;
}

json document_of(const explained_leaf& leaf) {
  json events = json::array();
  for (const auto& event : leaf.events)
    events.push_back(document_of(event));
  return {{"what", leaf.what},
          {"value", or_null(leaf.value)},
          {"events", std::move(events)},
          {"events_known", leaf.events_known},
          {"history_is_whole", leaf.history_is_whole}};
}

json document_of(const explained_condition& part) {
  json leaves = json::array();
  for (const auto& leaf : part.leaves)
    leaves.push_back(document_of(leaf));
  return {{"what", part.what},
          {"relation", part.relation},
          {"value", or_null(part.value)},
          {"target", or_null(part.target)},
          {"holds", part.holds},
          {"is_wanted", part.is_wanted},
          {"missing", or_null(part.missing)},
          {"leaves", std::move(leaves)}};
}

json document_of(const schemas::decision& last) {
  auto out = json::parse(encode(last));
  out["state"] = schemas::state_of(last);
  return out;
}

explained_leaf leaf_of(const json& in) {
  explained_leaf out;
  out.what = in.at("what");
  out.value = text_or_none(in.at("value"));
  for (const auto& event : in.at("events"))
    out.events.push_back(
      {event.at("event_id"), time_of(event.at("occurred_at")), event.value("adds", "")});
  out.events_known = in.at("events_known");
  out.history_is_whole = in.at("history_is_whole");
  return out;
}

explained_condition condition_of(const json& in) {
  explained_condition out;
  out.what = in.at("what");
  out.relation = in.at("relation");
  out.value = text_or_none(in.at("value"));
  out.target = text_or_none(in.at("target"));
  out.holds = in.at("holds");
  out.is_wanted = in.at("is_wanted");
  out.missing = text_or_none(in.at("missing"));
  for (const auto& leaf : in.at("leaves"))
    out.leaves.push_back(leaf_of(leaf));
  return out;
}

} // namespace

std::string to_json(const state::explanation& what) {
  json conditions = json::array();
  for (const auto& part : what.conditions)
    conditions.push_back(document_of(part));
  json grants = json::array();
  for (const auto& last : what.grants)
    grants.push_back(document_of(last));
  const json out{{"user_id", what.user_id},
                 {"rule_id", what.rule_id},
                 {"rule_version", or_null(what.rule_version)},
                 {"badge_id", or_null(what.badge_id)},
                 {"key", what.key},
                 {"at", to_rfc3339(what.at)},
                 {"zone", or_null(what.zone)},
                 {"holds", what.holds},
                 {"missing", what.missing},
                 {"notes", what.notes},
                 {"conditions", std::move(conditions)},
                 {"grants", std::move(grants)}};
  return out.dump(-1, ' ', false, json::error_handler_t::replace);
}

schemas::result<state::explanation> parse_explanation(std::string_view text) {
  const auto bad = [](const std::string& why) {
    return schemas::failure(schemas::errc::corrupt, "unexpected answer: " + why);
  };
  try {
    const auto in = json::parse(text);
    state::explanation out;
    out.user_id = in.at("user_id");
    out.rule_id = in.at("rule_id");
    out.rule_version = text_or_none(in.at("rule_version"));
    out.badge_id = text_or_none(in.at("badge_id"));
    out.key = in.at("key").get<std::vector<std::string>>();
    out.at = time_of(in.at("at"));
    out.zone = text_or_none(in.at("zone"));
    out.holds = in.at("holds");
    out.missing = in.at("missing").get<std::vector<std::string>>();
    out.notes = in.at("notes").get<std::vector<std::string>>();
    for (const auto& part : in.at("conditions"))
      out.conditions.push_back(condition_of(part));
    for (const auto& grant : in.at("grants")) {
      auto last = schemas::decode_decision(grant.dump());
      if (!last)
        return tl::unexpected(last.error());
      out.grants.push_back(std::move(*last));
    }
    return out;
  } catch (const json::exception& fault) {
    return bad(fault.what());
  }
}

} // namespace laurel::api
