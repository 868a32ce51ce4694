#include "tests/state/reference_language.hpp"

#include <date/tz.h>

#include <algorithm>
#include <chrono>
#include <stdexcept>

namespace laurel::tests {

namespace {

std::int64_t local_ms(std::int64_t at, const std::string& zone) {
  if (zone.empty())
    return at;
  const date::sys_time<std::chrono::milliseconds> time{std::chrono::milliseconds(at)};
  return date::make_zoned(zone, time).get_local_time().time_since_epoch().count();
}

} // namespace

std::int64_t floor_days(std::int64_t ms) {
  return ms >= 0 ? ms / day_ms : -((-ms + day_ms - 1) / day_ms);
}

std::int64_t day_begin(std::int64_t day, const std::string& zone, std::int64_t day_start) {
  const auto target = day * day_ms + day_start;
  constexpr std::int64_t minute = 60'000;
  for (auto at = target - 15 * 60 * minute;; at += 15 * minute) {
    if (local_ms(at, zone) >= target)
      return at;
  }
}

rule_text::rule_text(const std::string& text) : document(json::parse(text)) {
  id = document["id"];
  maintained =
    document.contains("policy") && document["policy"].value("revoke", "permanent") == "maintained";
  if (document.contains("time")) {
    const auto& time = document["time"];
    if (time.value("zone", "user") != "user")
      zone = time["zone"];
    const std::string start = time.value("day_start", "00:00");
    day_start = (std::stoi(start.substr(0, 2)) * 60 + std::stoi(start.substr(3))) * 60'000LL;
  }
}

bool rule_text::reads(const std::string& type) const {
  const auto& on = document["on"];
  return std::find(on.begin(), on.end(), type) != on.end();
}

std::int64_t rule_text::day_of(std::int64_t at, const std::string& in_zone) const {
  return floor_days(local_ms(at, in_zone) - day_start);
}

std::vector<told_value> values_at(const told& event, const std::string& path) {
  std::vector<told_value> out;
  for (const auto& [name, what] : event.attributes) {
    if (name == path)
      out.push_back(what);
  }
  return out;
}

namespace {

std::string text_of(const told_value& what) {
  if (const auto* flag = std::get_if<bool>(&what))
    return *flag ? "true" : "false";
  if (const auto* n = std::get_if<std::int64_t>(&what))
    return std::to_string(*n);
  return std::get<std::string>(what);
}

} // namespace

std::vector<std::vector<std::string>> keys_of(const rule_text& rule, const told& event) {
  std::vector<std::vector<std::string>> keys{{}};
  for (const auto& path : rule.document.value("key", json::array())) {
    std::vector<std::vector<std::string>> longer;
    for (const auto& what : values_at(event, path.get<std::string>())) {
      for (auto key : keys) {
        key.push_back(text_of(what));
        longer.push_back(key);
      }
    }
    keys = longer;
  }
  return keys;
}

// -- expressions, as JSON: null where there is no value -------------------------------------

namespace {

json attribute(const told& event, const std::string& path) {
  const auto all = values_at(event, path);
  if (all.empty())
    return nullptr;
  return std::visit([](const auto& what) { return json(what); }, all.front());
}

} // namespace

json evaluate(const json& e, const rule_text& rule, const told& event) {
  if (!e.is_object())
    return e;
  const std::string op = e.begin().key();
  const json& args = e.begin().value();
  if (op == "var") {
    const std::string name = args;
    const auto local = local_ms(event.at, rule.zone_of(event));
    if (name == "event.type")
      return event.type;
    if (name == "local.hour")
      return (local - floor_days(local) * day_ms) / 3'600'000;
    if (name == "local.date")
      return floor_days(local - rule.day_start); // Only ever compared with others of its kind.
    return attribute(event, name.substr(6));
  }
  const auto at = [&](std::size_t i) { return evaluate(args[i], rule, event); };
  if (op == "==")
    return at(0) == at(1);
  if (op == "!=")
    return at(0) != at(1);
  if (op == ">=" || op == "<") {
    const auto a = at(0);
    const auto b = at(1);
    if (!a.is_number() || !b.is_number())
      return false;
    return op == "<" ? a < b : a >= b;
  }
  if (op == "!")
    return evaluate(args.is_array() ? args[0] : args, rule, event) != json(true);
  if (op == "in") {
    const auto path = args[0]["var"].get<std::string>().substr(6);
    for (const auto& what : values_at(event, path)) {
      for (const auto& one : args[1]) {
        if (json(text_of(what)) == one)
          return true;
      }
    }
    return false;
  }
  throw std::runtime_error("the reference does not know " + op);
}

} // namespace laurel::tests
