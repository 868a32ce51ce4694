#include "api/erasure.hpp"

#include <nlohmann/json.hpp>

#include <exception>
#include <utility>

namespace laurel::api {

namespace {

using json = nlohmann::ordered_json;

schemas::event_time time_at(const json& in) {
  return schemas::parse_rfc3339(in.get<std::string>()).value_or(schemas::event_time{});
}

json document_of(const erased_place& one) {
  json out{{"place", one.place}};
  if (!one.topic.empty())
    out["topic"] = one.topic;
  out["removed"] = one.is_removed;
  if (one.gone_by)
    out["gone_by"] = schemas::to_rfc3339(*one.gone_by);
  out["how"] = one.how;
  return out;
}

erased_place place_of(const json& in) {
  erased_place one{in.at("place"), in.value("topic", ""), in.at("removed"), {}, in.at("how")};
  if (in.contains("gone_by"))
    one.gone_by = time_at(in.at("gone_by"));
  return one;
}

} // namespace

std::string to_json(const erasure_certificate& what) {
  json out{{"user_id", what.user_id},
           {"erased_at", schemas::to_rfc3339(what.erased_at)},
           {"recorded_at", schemas::to_rfc3339(what.recorded_at)}};
  if (!what.command_id.empty())
    out["command_id"] = what.command_id;
  out["places"] = json::array();
  for (const auto& one : what.places)
    out["places"].push_back(document_of(one));
  return out.dump(-1, ' ', false, json::error_handler_t::replace);
}

schemas::result<erasure_certificate> parse_certificate(std::string_view text) {
  try {
    const auto in = json::parse(text);
    erasure_certificate what{in.at("user_id"),
                             time_at(in.at("erased_at")),
                             time_at(in.at("recorded_at")),
                             in.value("command_id", ""),
                             {}};
    const auto& places = in.at("places");
    for (const auto& one : places)
      what.places.push_back(place_of(one));
    return what;
  } catch (const std::exception& fault) { // Of JSON.
    return schemas::failure(schemas::errc::corrupt,
                            std::string("unexpected answer: ") + fault.what());
  }
}

} // namespace laurel::api
