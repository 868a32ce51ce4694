#include "schemas/notification.hpp"

#include "schemas/base/rapidjson.hpp"
#include "schemas/decision_codec.hpp"

#include <string_view>

namespace laurel::schemas {

namespace {

using json_writer = rapidjson::Writer<rapidjson::StringBuffer>;

void put(json_writer& out, std::string_view name, std::string_view text) {
  out.Key(name.data(), static_cast<rapidjson::SizeType>(name.size()));
  out.String(text.data(), static_cast<rapidjson::SizeType>(text.size()));
}

} // namespace

event_time told_time(const decision& what) {
  if (what.kind == decision_kind::granted)
    return what.granted_at;
  if (what.kind == decision_kind::debt && what.debt_at)
    return *what.debt_at;
  if (what.kind == decision_kind::repaid)
    return what.recorded_at;
  return what.ended_at().value_or(what.granted_at);
}

std::string encode(const notification& what) {
  rapidjson::StringBuffer buffer;
  json_writer out(buffer);
  out.StartObject();
  put(out, "notification_id", what.id);
  put(out, "kind", name_of(what.what.kind));
  put(out, "user_id", what.what.user_id);
  put(out, "badge_id", what.what.badge_id);
  put(out, "grant_id", what.what.grant_id);
  put(out, "rule_id", what.what.rule_id);
  put(out, "rule_version", what.what.rule_version);
  out.Key("key");
  out.StartArray();
  for (const auto& part : what.what.key)
    out.String(part.data(), static_cast<rapidjson::SizeType>(part.size()));
  out.EndArray();
  out.Key("n");
  out.Uint(what.what.n);
  put(out, "at", to_rfc3339(told_time(what.what)));
  put(out, "recorded_at", to_rfc3339(what.what.recorded_at));
  if (!what.message.empty())
    put(out, "template", what.message);
  if (!what.award.empty()) {
    out.Key("award");
    out.RawValue(what.award.data(), what.award.size(), rapidjson::kObjectType);
  }
  out.EndObject();
  return {buffer.GetString(), buffer.GetSize()};
}

} // namespace laurel::schemas
