#include "api/openapi.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cctype>
#include <vector>

namespace laurel::api {

namespace {

using json = nlohmann::ordered_json;

// What is sent and answered. A row names one of these.
constexpr const char* schemas_text = R"({
  "Health": {"type": "object", "required": ["status", "service"], "properties": {
    "status": {"const": "ok"}, "service": {"type": "string"}}},
  "Readiness": {"type": "object", "required": ["status", "checks"], "properties": {
    "status": {"enum": ["ready", "degraded"]},
    "checks": {"type": "object", "additionalProperties": {"type": "string"}}}},
  "Problem": {"type": "object", "required": ["type", "title", "status", "detail"], "properties": {
    "type": {"type": "string", "description": "Stable; decide by it."},
    "title": {"type": "string"}, "status": {"type": "integer"},
    "detail": {"type": "string", "description": "For people: what is wrong and what to do."},
    "errors": {"type": "array", "items": {"type": "object", "properties": {
      "where": {"type": "string"}, "message": {"type": "string"}}}}}},
  "Badge": {"type": "object", "required": ["grant_id", "badge_id", "state", "granted_at"],
    "properties": {
      "grant_id": {"type": "string"}, "badge_id": {"type": "string"}, "rule_id": {"type": "string"},
      "state": {"enum": ["held", "revoked", "expired", "redeemed", "withdrawn"]},
      "granted_at": {"type": "string", "format": "date-time"},
      "revoked_at": {"type": ["string", "null"], "format": "date-time"},
      "expired_at": {"type": ["string", "null"], "format": "date-time"}}},
  "Goal": {"type": "object", "required": ["rule_id", "badge_id", "fraction", "leaves"],
    "properties": {
      "rule_id": {"type": "string"}, "badge_id": {"type": "string"},
      "key": {"type": "array", "items": {"type": "string"}},
      "fraction": {"type": "number", "minimum": 0, "maximum": 1},
      "leaves": {"type": "array", "items": {"type": "object", "properties": {
        "what": {"type": "string"}, "value": {"type": "string"}, "target": {"type": "string"}}}}}},
  "User": {"type": "object", "required": ["user_id", "badges", "progress"], "properties": {
    "user_id": {"type": "string"},
    "badges": {"type": "array", "items": {"$ref": "#/components/schemas/Badge"}},
    "progress": {"type": "array", "items": {"$ref": "#/components/schemas/Goal"}}}},
  "BadgePage": {"type": "object", "required": ["user_id", "badges", "next"], "properties": {
    "user_id": {"type": "string"},
    "badges": {"type": "array", "items": {"$ref": "#/components/schemas/Badge"}},
    "next": {"type": ["string", "null"], "description": "The cursor of the page after."}}},
  "Progress": {"type": "object", "required": ["user_id", "progress"], "properties": {
    "user_id": {"type": "string"},
    "progress": {"type": "array", "items": {"$ref": "#/components/schemas/Goal"}}}},
  "Explanation": {"type": "object", "required": ["user_id", "rule_id", "key", "at", "holds",
    "missing", "notes", "conditions", "grants"], "properties": {
    "user_id": {"type": "string"}, "rule_id": {"type": "string"},
    "rule_version": {"type": ["string", "null"], "description": "Null: the rule is retired."},
    "badge_id": {"type": ["string", "null"]},
    "key": {"type": "array", "items": {"type": "string"}},
    "at": {"type": "string", "format": "date-time", "description": "Time has passed up to here."},
    "zone": {"type": ["string", "null"], "description": "Whose days these are."},
    "holds": {"type": "boolean"},
    "missing": {"type": "array", "items": {"type": "string"},
      "description": "For people: all of it would make the condition true."},
    "notes": {"type": "array", "items": {"type": "string"}},
    "conditions": {"type": "array", "items": {"type": "object",
      "required": ["what", "relation", "value", "target", "holds", "is_wanted"], "properties": {
        "what": {"type": "string"}, "relation": {"enum": ["ge", "gt", "le", "lt", "eq", "holds"]},
        "value": {"type": ["string", "null"]}, "target": {"type": ["string", "null"]},
        "holds": {"type": "boolean"}, "is_wanted": {"type": "boolean"},
        "missing": {"type": ["string", "null"]},
        "leaves": {"type": "array", "items": {"type": "object",
          "required": ["what", "value", "events", "events_known", "history_is_whole"],
          "properties": {
            "what": {"type": "string"}, "value": {"type": ["string", "null"]},
            "events": {"type": "array", "maxItems": 20, "items": {"type": "object",
              "required": ["event_id", "occurred_at"], "properties": {
                "event_id": {"type": "string"},
                "occurred_at": {"type": "string", "format": "date-time"},
                "adds": {"type": "string"}}}},
            "events_known": {"type": "integer"}, "history_is_whole": {"type": "boolean"}}}}}}},
    "grants": {"type": "array", "items": {"$ref": "#/components/schemas/Badge"}}}},
  "HistoryPage": {"type": "object", "required": ["user_id", "history", "next"], "properties": {
    "user_id": {"type": "string"},
    "history": {"type": "array", "items": {"type": "object",
      "required": ["at", "kind", "badge_id", "grant_id"], "properties": {
        "at": {"type": "string", "format": "date-time"}, 
        "kind": {"enum": ["granted", "revoked", "expired", "redeemed"]},
        "badge_id": {"type": "string"}, "grant_id": {"type": "string"}}}},
    "next": {"type": ["string", "null"]}}},
  "Lookup": {"type": "object", "required": ["users"], "additionalProperties": false, "properties": {
    "users": {"type": "array", "minItems": 1, "maxItems": 100, "uniqueItems": true,
      "items": {"type": "string", "minLength": 1, "maxLength": 64}}}},
  "LookupAnswer": {"type": "object", "required": ["users"], "properties": {
    "users": {"type": "array", "items": {"type": "object", "required": ["user_id"], "properties": {
      "user_id": {"type": "string"}, "position": {"type": "string"},
      "problem": {"enum": ["not-found", "try-again"]},
      "badges": {"type": "array", "items": {"$ref": "#/components/schemas/Badge"}}}}}}},
  "BadgeCatalogue": {"type": "object", "required": ["badges"], "properties": {
    "badges": {"type": "array", "items": {"type": "object", "required": ["badge_id", "rules"],
      "properties": {
        "badge_id": {"type": "string"}, "rules": {"type": "array"},
        "names": {"$ref": "#/components/schemas/Texts"},
        "descriptions": {"$ref": "#/components/schemas/Texts"},
        "name": {"type": "string"}, "description": {"type": "string"},
        "images": {"type": "object", "additionalProperties": {"type": "string"}},
        "category": {"type": "string"}, "series": {"type": "string"},
        "rarity": {"enum": ["common", "uncommon", "rare", "epic", "legendary"]},
        "valid": {"type": "object"}, "state": {"enum": ["active", "retired"]}}}}}},
  "Texts": {"type": "object", "description": "By locale; \"en\" is always there.",
    "additionalProperties": {"type": "string"}},
  "SeriesList": {"type": "object", "required": ["series"], "properties": {
    "series": {"type": "array", "items": {"type": "object",
      "required": ["id", "names", "badges"], "properties": {
        "id": {"type": "string"}, "names": {"$ref": "#/components/schemas/Texts"},
        "badges": {"type": "array", "items": {"type": "string"}}}}}}},
  "CategoryList": {"type": "object", "required": ["categories"], "properties": {
    "categories": {"type": "array", "items": {"type": "object", "required": ["id", "names"],
      "properties": {
        "id": {"type": "string"}, "names": {"$ref": "#/components/schemas/Texts"},
        "parent": {"type": "string"}}}}}},
  "Rule": {"type": "object", "required": ["id", "version", "state", "document"], "properties": {
    "id": {"type": "string"}, "version": {"type": "string"},
    "state": {"enum": ["active", "retired", "draft", "broken"]},
    "shadow": {"type": "string", "description": "The version that is tried beside it."}}},
  "Rules": {"type": "object", "required": ["rules"], "properties": {
    "rules": {"type": "array", "items": {"$ref": "#/components/schemas/Rule"}}}},
  "Event": {"type": "object", "required": ["event_id", "user_id", "type", "occurred_at"],
    "properties": {
      "event_id": {"type": "string", "minLength": 1, "maxLength": 64},
      "user_id": {"type": "string", "minLength": 1, "maxLength": 64},
      "type": {"type": "string", "minLength": 1, "maxLength": 64},
      "occurred_at": {"type": "string", "format": "date-time"}}},
  "AppendAnswer": {"type": "object", "required": ["appended", "faults"], "properties": {
    "appended": {"type": "integer"},
    "faults": {"type": "array", "items": {"type": "object", "required": ["line", "message"],
      "properties": {"line": {"type": "integer"}, "message": {"type": "string"}}}}}},
  "Command": {"type": "object", "required": ["command"], "additionalProperties": false,
    "properties": {
      "command": {"enum": ["grant", "revoke", "redeem", "pin", "unpin", "extend", "erase"]},
      "badge_id": {"type": "string", "minLength": 1, "maxLength": 64},
      "grant_id": {"type": "string", "minLength": 1, "maxLength": 64},
      "expires_at": {"type": "string", "format": "date-time"},
      "reason": {"type": "string", "minLength": 1, "maxLength": 256}}},
  "CommandOutcome": {"type": "object", "required": ["command_id", "status"], "properties": {
    "command_id": {"type": "string"}, "command": {"type": "string"},
    "status": {"enum": ["accepted", "done", "refused"]},
    "grant_id": {"type": "string"}, "revision": {"type": "integer"},
    "badge_id": {"type": "string"}, "problem": {"type": "string"},
    "detail": {"type": "string"}}},
  "Erasure": {"type": "object",
    "required": ["user_id", "erased_at", "recorded_at", "places"], "properties": {
    "user_id": {"type": "string"}, "erased_at": {"type": "string", "format": "date-time"},
    "recorded_at": {"type": "string", "format": "date-time"}, "command_id": {"type": "string"},
    "places": {"type": "array", "items": {"type": "object",
      "required": ["place", "removed", "how"], "properties": {
      "place": {"type": "string"}, "topic": {"type": "string"}, "removed": {"type": "boolean"},
      "gone_by": {"type": "string", "format": "date-time"}, "how": {"type": "string"}}}}}},
  "WatchToken": {"type": "object", "required": ["token", "expires_in_s", "path"], "properties": {
    "token": {"type": "string"}, "expires_in_s": {"type": "integer"}, "path": {"type": "string"}}},
  "Stream": {"type": "string"},
  "OpenApi": {"type": "object", "required": ["openapi", "paths"]}
})";

bool is_shown(const route_row& row) {
  return (static_cast<unsigned>(row.where) & static_cast<unsigned>(surface::edge)) != 0;
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

json reference(std::string_view name) {
  return {{"$ref", "#/components/schemas/" + std::string(name)}};
}

json parameters_of(const route_row& row) {
  json list = json::array();
  const std::string pattern(row.pattern);
  for (auto at = pattern.find('{'); at != pattern.npos; at = pattern.find('{', at + 1)) {
    const auto name = pattern.substr(at + 1, pattern.find('}', at) - at - 1);
    list.push_back({{"name", name},
                    {"in", "path"},
                    {"required", true},
                    {"schema", {{"type", "string"}, {"minLength", 1}}}});
  }
  for (const auto& parameter : row.query) {
    json one{{"name", parameter.name},
             {"in", "query"},
             {"description", parameter.help},
             {"schema", {{"type", parameter.type}}}};
    if (parameter.is_required)
      one["required"] = true;
    if (parameter.type == "array")
      one["schema"]["items"] = json{{"type", "string"}};
    list.push_back(std::move(one));
  }
  return list;
}

/// A body of events may come in five forms; everything else is JSON.
json body_of(const route_row& row) {
  const auto schema = reference(row.takes);
  json content{{"application/json", {{"schema", schema}}}};
  if (row.takes == "Event") {
    content["application/json"]["schema"] =
      json{{"oneOf", {schema, {{"type", "array"}, {"minItems", 1}, {"items", schema}}}}};
    const json text{{"schema", {{"type", "string"}}}};
    content["application/x-ndjson"] = text;
    content["application/cloudevents+json"] = json{{"schema", {{"type", "object"}}}};
    content["application/cloudevents-batch+json"] = json{{"schema", {{"type", "array"}}}};
  }
  return {{"required", true}, {"content", std::move(content)}};
}

json operation_of(const route_row& row) {
  json answers;
  json good{{"description", "What was asked for."}};
  if (row.gives == "Stream")
    good["content"]["text/event-stream"]["schema"] = reference(row.gives);
  else if (!row.gives.empty())
    good["content"]["application/json"]["schema"] = reference(row.gives);
  else if (row.operation == "docs")
    good["content"]["text/html"] = json::object();
  answers["200"] = good;
  if (row.operation == "ready")
    answers["503"] = good;
  if (row.operation == "ask_command"
      || row.operation == "erase_user") { // It is in the log, and not carried out yet.
    answers["202"] = good;
    answers["202"]["description"] = "Taken in; Location is where its outcome will be.";
  }
  answers["default"] = {
    {"description", "A problem, as RFC 9457 has it."},
    {"content", {{"application/problem+json", {{"schema", reference("Problem")}}}}}};
  json out{{"operationId", row.operation}, {"summary", row.summary}};
  if (auto parameters = parameters_of(row); !parameters.empty())
    out["parameters"] = std::move(parameters);
  if (!row.takes.empty())
    out["requestBody"] = body_of(row);
  out["responses"] = std::move(answers);
  if (row.who == entry::key) {
    out["security"] = json::array({{{"key", json::array()}}, {{"bearer", json::array()}}});
    out["x-scope"] = name_of(row.needs);
  } else {
    out["security"] = json::array();
  }
  out["x-cost"] = row.cost;
  return out;
}

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text)
    out += c == '<' ? "&lt;" : c == '>' ? "&gt;" : c == '&' ? "&amp;" : std::string(1, c);
  return out;
}

} // namespace

std::string openapi_document(std::span<const route_row> table) {
  json paths = json::object();
  for (const auto& row : table)
    if (is_shown(row))
      paths[std::string(row.pattern)][lower(name_of(row.verb))] = operation_of(row);
  json document{{"openapi", "3.1.0"},
                {"info",
                 {{"title", "Laurel"},
                  {"version", "1"},
                  {"description", "What users have earned, and what is missing. Answers about a "
                                  "user carry Laurel-Position; send it back as "
                                  "Laurel-Min-Position to see nothing older."}}},
                {"paths", std::move(paths)}};
  document["components"]["schemas"] = json::parse(schemas_text);
  document["components"]["securitySchemes"] = {
    {"key", {{"type", "apiKey"}, {"in", "header"}, {"name", "X-API-Key"}}},
    {"bearer", {{"type", "http"}, {"scheme", "bearer"}}}};
  return document.dump();
}

std::string docs_page(std::span<const route_row> table) {
  std::string page =
    "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Laurel</title>"
    "<style>body{font:16px/1.5 sans-serif;max-width:60em;margin:2em auto;"
    "padding:0 1em}td{padding:.2em 1em .2em 0;vertical-align:top}"
    "code{white-space:nowrap}</style><h1>Laurel</h1><p>For machines: "
    "<a href=\"/openapi.json\">/openapi.json</a></p><table>";
  for (const auto& row : table) {
    if (!is_shown(row))
      continue;
    const auto who = row.who == entry::open  ? std::string_view("anybody")
                     : row.who == entry::key ? name_of(row.needs)
                                             : std::string_view("token");
    page += "<tr><td><code>" + std::string(name_of(row.verb)) + " " + escaped(row.pattern)
            + "</code><td>" + escaped(row.summary);
    for (const auto& parameter : row.query)
      page += "<br><code>" + escaped(parameter.name) + "</code> " + escaped(parameter.help);
    page += "<td>" + escaped(who);
  }
  return page + "</table></html>\n";
}

} // namespace laurel::api
