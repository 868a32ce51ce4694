#include "api/problem.hpp"

#include "api/documents.hpp"

#include <array>
#include <utility>

namespace laurel::api {

namespace {

using schemas::errc;

struct mapping {
  errc code;
  int status;
  std::string_view slug;
};

constexpr std::array<mapping, 8> mappings{{{errc::bad_input, 422, "bad-input"},
                                           {errc::bad_setting, 500, "bad-setting"},
                                           {errc::not_found, 404, "not-found"},
                                           {errc::transient, 503, "try-again"},
                                           {errc::fenced, 503, "fenced"},
                                           {errc::aborted, 503, "aborted"},
                                           {errc::corrupt, 500, "internal"},
                                           {errc::refused, 409, "refused"}}};

constexpr std::string_view type_prefix = "urn:laurel:problem:";
constexpr std::string_view retry_after_seconds = "1";

std::string_view title_of(int status) {
  switch (status) {
  case 400:
    return "Bad request";
  case 401:
    return "Who are you";
  case 403:
    return "Not allowed";
  case 404:
    return "Not found";
  case 405:
    return "Method not allowed";
  case 408:
    return "Request timeout";
  case 409:
    return "Refused";
  case 411:
    return "Length required";
  case 412:
    return "Has changed";
  case 413:
    return "Too large";
  case 414:
    return "Target too long";
  case 415:
    return "Unsupported media type";
  case 417:
    return "Cannot expect that";
  case 422:
    return "Not valid";
  case 429:
    return "Too many requests";
  case 431:
    return "Header too large";
  case 503:
    return "Not available now";
  default:
    return status < 500 ? "Request failed" : "Internal error";
  }
}

} // namespace

response problem(int status, std::string_view slug, const std::string& detail,
                 const std::vector<problem_detail>& errors) {
  response answer;
  answer.status = status;
  answer.content_type = problem_type;
  answer.body = problem_document({.type = std::string(type_prefix) + std::string(slug),
                                  .title = std::string(title_of(status)),
                                  .status = status,
                                  .detail = detail,
                                  .errors = errors});
  if (status == 503)
    answer.headers.emplace_back("retry-after", retry_after_seconds);
  return answer;
}

response ok(std::string body) {
  response answer;
  answer.body = std::move(body) + "\n";
  return answer;
}

response problem(const schemas::error& why) {
  for (const auto& entry : mappings) {
    if (entry.code != why.code)
      continue;
    const bool is_internal = entry.slug == "internal";
    return problem(entry.status, entry.slug,
                   is_internal ? "Stored data cannot be read; the log says which." : why.message);
  }
  return problem(500, "internal", "");
}

schemas::error error_of(const response& answer) {
  const auto document = parse_problem(answer.body);
  if (!document)
    return {errc::transient, "unexpected answer with status " + std::to_string(answer.status)};
  auto message = document->detail;
  for (const auto& entry : document->errors)
    message += "\n  " + (entry.where.empty() ? "" : entry.where + ": ") + entry.message;
  for (const auto& entry : mappings)
    if (document->type == std::string(type_prefix) + std::string(entry.slug))
      return {entry.code, message};
  return {answer.status >= 500 ? errc::transient : errc::bad_input, message};
}

} // namespace laurel::api
