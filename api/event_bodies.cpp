#include "api/event_bodies.hpp"

#include "api/access.hpp"
#include "api/documents.hpp"
#include "api/problem.hpp"
#include "api/route_table.hpp"
#include "schemas/json_items.hpp"

#include <algorithm>
#include <cctype>

namespace laurel::api {

namespace {

/// The type in lower case without parameters; empty if it names a charset that is not UTF-8.
std::string media_type(const request& what) {
  auto text = std::string(value_of(what.headers, "content-type").value_or(""));
  std::ranges::transform(text, text.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  std::erase_if(text, [](char c) { return c == ' ' || c == '\t' || c == '"'; });
  const auto semicolon = text.find(';');
  if (const auto charset = text.find("charset="); charset != text.npos) {
    const auto name = text.substr(charset + 8);
    if (name != "utf-8" && name != "us-ascii")
      return {};
  }
  return text.substr(0, semicolon);
}

response unsupported() {
  return problem(415, "unsupported-media-type",
                 "Say what the body is with Content-Type: application/json (one event or an "
                 "array), application/x-ndjson (one a line), application/cloudevents+json or "
                 "application/cloudevents-batch+json; always UTF-8.");
}

response too_many() {
  return problem(413, "too-many-events",
                 "At most " + std::to_string(lines_per_request_max) + " events a request.");
}

/// How many faults of a refused batch are told one by one.
constexpr std::size_t faults_told_max = 100;

response none_good(const append_outcome& outcome) {
  std::vector<problem_detail> errors;
  for (const auto& fault : outcome.faults)
    if (errors.size() < faults_told_max)
      errors.push_back({"line " + std::to_string(fault.line), fault.message});
  return problem(422, "bad-events", "No event of the body could be read; nothing was taken in.",
                 errors);
}

} // namespace

std::vector<std::string> lines_of(std::string_view body) {
  std::vector<std::string> lines;
  while (!body.empty()) {
    const auto end = std::min(body.find('\n'), body.size());
    auto line = body.substr(0, end);
    if (line.ends_with('\r'))
      line.remove_suffix(1);
    lines.emplace_back(line);
    body.remove_prefix(std::min(end + 1, body.size()));
  }
  return lines;
}

tl::expected<std::vector<std::string>, response> events_of(const request& what) {
  const auto type = media_type(what);
  if (type == ndjson_type) {
    auto lines = lines_of(what.body);
    if (lines.size() > lines_per_request_max)
      return tl::unexpected(too_many());
    return lines;
  }
  if (type != json_type && type != cloud_event_type && type != cloud_batch_type)
    return tl::unexpected(unsupported());
  auto items = schemas::json_items(what.body, lines_per_request_max + 1);
  if (!items)
    return tl::unexpected(
      problem(400, "bad-json", "Check the JSON: " + items.error().message + "."));
  if (items->size() > lines_per_request_max)
    return tl::unexpected(too_many());
  return std::move(*items);
}

response take_events(gateway& pipeline, const request& what) {
  if (what.who != nullptr && !what.who->users.empty())
    return problem(403, "forbidden", "A key for listed users cannot send events.");
  const auto events = events_of(what);
  if (!events)
    return events.error();
  const auto outcome = pipeline.append_traced(*events, what.traceparent);
  if (!outcome)
    return problem(outcome.error());
  if (outcome->appended == 0 && outcome->faults.empty())
    return problem(400, "no-events", "The body holds no event.");
  if (outcome->appended == 0)
    return none_good(*outcome);
  response answer;
  answer.body = to_json(*outcome) + "\n";
  return answer;
}

} // namespace laurel::api
