#include "tests/state/random_rules.hpp"

#include "schemas/base/time.hpp"

#include "tests/state/story.hpp"

namespace laurel::tests {

namespace {

std::string random_filter(dice& d) {
  switch (d.up_to(5)) {
  case 0:
    return R"({"==":[{"var":"event.flag"},true]})";
  case 1:
    return R"({">=":[{"var":"event.v"},)" + std::to_string(d.up_to(3)) + "]}";
  case 2:
    return R"({"in":[{"var":"event.tag"},["x","y"]]})";
  case 3:
    return R"({"<":[{"var":"local.hour"},)" + std::to_string(d.up_to(23)) + "]}";
  case 4:
    return R"({"!":[{"==":[{"var":"event.flag"},true]}]})";
  default:
    return R"({"!=":[{"var":"event.type"},"b"]})";
  }
}

std::string random_instant(dice& d) {
  return "\"" + schemas::to_rfc3339({ms("2026-03-28T00:00:00Z") + d.up_to(100) * hour}) + "\"";
}

std::string random_since(dice& d) {
  std::string out = R"(,"win":{"since":{"event":"a")";
  if (d.one_in(2))
    out += R"(,"where":)" + random_filter(d);
  if (d.one_in(2))
    out += R"(,"for":"PT)" + std::to_string(1 + d.up_to(60)) + R"(H")";
  return out + "}}";
}

std::string random_window(dice& d) {
  switch (d.up_to(6)) {
  case 2:
    return R"(,"win":{"from":)" + random_instant(d) + "}";
  case 3:
    return random_since(d);
  case 0:
    return R"(,"win":{"last":"PT)" + std::to_string(1 + d.up_to(60)) + R"(H"})";
  case 1:
    return R"(,"win":{"cal":")" + d.any({"day", "week", "month"}) + R"("})";
  default:
    return "";
  }
}

std::string random_leaf(dice& d) {
  std::string tail = random_window(d);
  if (d.one_in(3))
    tail += R"(,"where":)" + random_filter(d);
  if (d.one_in(4))
    tail += R"(,"on":["a"])";
  switch (d.up_to(8)) {
  case 7:
    return R"({"agg":{"f":")" + d.any({"min", "max", "avg", "first", "last"})
           + R"(","of":{"var":"event.v"})" + tail + "}}";
  case 8:
    return R"({"agg":{"f":")" + d.any({"min", "max", "avg", "first", "last"})
           + R"(","of":{"var":"event.amount"},"currency":"EUR")" + tail + "}}";
  case 0:
    return R"({"streak":{"unit":"day")" + (d.one_in(3) ? R"(,"where":)" + random_filter(d) : "")
           + "}}";
  case 1:
    return R"({"agg":{"f":"sum","of":{"var":"event.v"})" + tail + "}}";
  case 2:
    return R"({"agg":{"f":"sum","of":{"var":"event.amount"},"currency":"EUR")" + tail + "}}";
  case 3:
    return R"({"agg":{"f":"distinct","of":{"var":")" + d.any({"event.tag", "event.v", "local.date"})
           + R"("})" + tail + "}}";
  default:
    return R"({"agg":{"f":"count")" + tail + "}}";
  }
}

std::string random_number(dice& d) {
  if (d.one_in(4))
    return std::string("{\"") + d.any({"+", "-"}) + "\":[" + random_leaf(d) + "," + random_leaf(d)
           + "]}";
  return random_leaf(d);
}

std::string random_condition(dice& d, int depth) {
  if (depth < 2 && d.one_in(4))
    return std::string("{\"") + d.any({"and", "or"}) + "\":[" + random_condition(d, depth + 1) + ","
           + random_condition(d, depth + 1) + "]}";
  if (depth < 2 && d.one_in(12))
    return R"({"at_least":[)" + std::to_string(1 + d.up_to(2)) + ",["
           + random_condition(d, depth + 1) + "," + random_condition(d, depth + 1) + ","
           + random_condition(d, depth + 1) + "]]}";
  if (depth < 2 && d.one_in(10))
    return "{\"not\":" + random_condition(d, depth + 1) + "}";
  return "{\"" + (d.one_in(4) ? d.any({"gt", "le", "lt", "eq"}) : std::string("ge")) + "\":["
         + random_number(d) + "," + std::to_string(1 + d.up_to(3)) + "]}";
}

} // namespace

std::string random_rule(dice& d, int number) {
  std::string out = R"({"id":"r)" + std::to_string(number) + R"(","badge":"B","on":["a")";
  out += d.one_in(2) ? R"(,"b"])" : "]";
  if (d.one_in(3))
    out += d.one_in(3) ? R"(,"key":["tag","k"])" : R"(,"key":["tag"])";
  out += R"(,"when":)" + random_condition(d, 0);
  out += R"(,"policy":{"revoke":")" + d.any({"permanent", "maintained"}) + "\"";
  if (d.one_in(4))
    out += R"(,"max_per_user":)" + std::to_string(1 + d.up_to(2));
  out += "}";
  if (d.one_in(2))
    out += R"(,"time":{"zone":")" + d.any({"user", "Europe/Berlin", "America/New_York"})
           + R"(","day_start":")" + d.any({"00:00", "04:00"}) + "\"}";
  return out + "}";
}

namespace {

std::string random_span(dice& d) {
  return "\"PT" + std::to_string(1 + d.up_to(30)) + "H\"";
}

std::string random_sequence(dice& d) {
  std::string out = R"({"seq":{"steps":[{"on":"a","as":"one"},{"on":"b","where":)"
                    + random_filter(d) + R"(},{"on":["a","b"],"as":"three"}],"within":)"
                    + random_span(d);
  if (d.one_in(3))
    out += R"(,"same":["tag"])";
  if (d.one_in(2))
    out += R"(,"not":[{"on":"b","where":)" + random_filter(d)
           + (d.one_in(2) ? R"(,"after":"one")" : "")
           + (d.one_in(2) ? R"(,"for":)" + random_span(d) : "") + "}]";
  return out + (d.one_in(5) ? R"(,"strict":true}})" : "}}");
}

std::string random_streak(dice& d) {
  std::string out =
    R"({"ge":[{"streak":{"unit":")" + d.any({"day", "day", "week"}) + R"(","on":["a"])";
  if (d.one_in(2))
    out += R"(,"freezes":{"max":)" + std::to_string(1 + d.up_to(2)) + R"(,"event":"b"})";
  if (d.one_in(2))
    out += R"(,"min":{"agg":{"f":"sum","of":{"var":"event.v"}},"ge":)"
           + std::to_string(1 + d.up_to(3)) + "}";
  if (d.one_in(3))
    out += R"(,"mode":"longest")";
  return out + "}}," + std::to_string(1 + d.up_to(4)) + "]}";
}

} // namespace

std::string random_wide_rule(dice& d, int number) {
  return R"({"id":"r)" + std::to_string(number)
         + R"(","badge":"B","on":["a","b"],"policy":{"revoke":")"
         + d.any({"permanent", "maintained"}) + R"("},"when":)"
         + (d.one_in(2) ? random_sequence(d) : random_streak(d)) + "}";
}

} // namespace laurel::tests
