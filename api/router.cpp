#include "api/router.hpp"

#include "api/problem.hpp"
#include "schemas/base/check.hpp"

#include <algorithm>
#include <exception>
#include <optional>
#include <utility>

namespace laurel::api {

namespace {

bool is_parameter(std::string_view segment) {
  return segment.size() > 2 && segment.front() == '{' && segment.back() == '}';
}

std::vector<std::string> split(std::string_view path) {
  std::vector<std::string> segments;
  while (!path.empty()) {
    path.remove_prefix(1); // The slash.
    const auto end = std::min(path.find('/'), path.size());
    segments.emplace_back(path.substr(0, end));
    path.remove_prefix(end);
  }
  return segments;
}

/// The segment decoded, or nothing if no resource may be named like this.
std::optional<std::string> decode_segment(std::string_view raw) {
  auto text = percent_decode(raw);
  if (!text || text->empty() || *text == "." || *text == "..")
    return std::nullopt;
  const auto is_unsafe = [](char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f || c == '/' || c == '\\';
  };
  if (std::ranges::any_of(*text, is_unsafe))
    return std::nullopt;
  return text;
}

/// Every parameter looks alike, so "/a/{x}" and "/a/{y}" are one shape.
std::vector<std::string> shape_of(std::vector<std::string> segments) {
  for (auto& segment : segments)
    if (is_parameter(segment))
      segment = "{}";
  return segments;
}

std::optional<path_values> fit(const std::vector<std::string>& shape,
                               const std::vector<std::string>& segments) {
  if (shape.size() != segments.size())
    return std::nullopt;
  path_values values;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    if (is_parameter(shape[i]))
      values.emplace(shape[i].substr(1, shape[i].size() - 2), segments[i]);
    else if (shape[i] != segments[i])
      return std::nullopt;
  }
  return values;
}

} // namespace

std::string allow_header(const std::vector<method>& allowed) {
  std::string text;
  for (const auto verb : allowed)
    text += (text.empty() ? "" : ", ") + std::string(name_of(verb));
  return text;
}

router::router(std::vector<route> table) : table_(std::move(table)) {
  for (const auto& row : table_) {
    CHECK_ALWAYS(row.pattern.starts_with('/') && row.handle);
    auto shape = split(row.pattern);
    for (std::size_t i = 0; i < shapes_.size(); ++i)
      CHECK_ALWAYS(table_[i].verb != row.verb || shape_of(shapes_[i]) != shape_of(shape));
    shapes_.push_back(std::move(shape));
  }
}

router::match router::find(method verb, std::string_view path) const {
  match found;
  if (path.empty() || path.front() != '/')
    return found.status = 400, found;
  auto segments = split(path);
  for (auto& segment : segments) {
    auto decoded = decode_segment(segment);
    if (!decoded)
      return found.status = 400, found;
    segment = std::move(*decoded);
  }
  const auto wanted = verb == method::head ? method::get : verb;
  for (std::size_t i = 0; i < table_.size(); ++i) {
    auto values = fit(shapes_[i], segments);
    if (!values)
      continue;
    found.allowed.push_back(table_[i].verb);
    if (table_[i].verb == wanted && found.row == nullptr) {
      found.row = &table_[i];
      found.values = std::move(*values);
    }
  }
  found.status = found.row != nullptr ? 200 : found.allowed.empty() ? 404 : 405;
  return found;
}

response router::run(const route& row, const request& what, const path_values& values) const {
  try {
    return row.handle(what, values);
  } catch (const std::exception& fault) {
    if (on_fault)
      on_fault(what, fault.what());
    return problem(500, "internal", "The request could not be handled; the log says why.");
  }
}

response router::refuse(const match& found, std::string_view path) {
  if (found.status == 400)
    return problem(400, "bad-path", "The path is not one that can name a resource.");
  if (found.status == 404)
    return problem(404, "no-route", "Nothing is served at " + std::string(path) + ".");
  const auto allowed = allow_header(found.allowed);
  auto answer = problem(405, "method-not-allowed", "This path takes " + allowed + ".");
  answer.headers.emplace_back("allow", allowed);
  return answer;
}

response router::handle(const request& what) const {
  const auto found = find(what.verb, what.path);
  return found.row != nullptr ? run(*found.row, what, found.values) : refuse(found, what.path);
}

} // namespace laurel::api
