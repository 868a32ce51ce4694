#include "api/edge_reply.hpp"

#include "schemas/base/hex.hpp"

#include <boost/beast/http/status.hpp>
#include <sodium.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <ctime>

namespace laurel::api {

namespace {

constexpr std::string_view always_there = "x-content-type-options: nosniff\r\n"
                                          "x-frame-options: DENY\r\n"
                                          "x-xss-protection: 0\r\n"
                                          "referrer-policy: no-referrer\r\n";
constexpr std::string_view no_scripts = "default-src 'none'; frame-ancestors 'none'";
constexpr std::string_view https_only = "max-age=31536000; includeSubDomains";

constexpr std::size_t request_id_bytes_max = 64;
constexpr std::size_t traceparent_bytes = 55; // 00-<32>-<16>-<2>
constexpr std::size_t span_at = 36;
constexpr std::size_t span_bytes = 8;
constexpr std::size_t etag_bytes = 16;
constexpr std::size_t uuid_bytes = 16;
constexpr int status_no_content = 204;
constexpr int status_not_modified = 304;

std::string new_uuid() {
  std::array<unsigned char, uuid_bytes> noise{};
  randombytes_buf(noise.data(), noise.size());
  noise[6] = static_cast<unsigned char>((noise[6] & 0x0fU) | 0x40U); // Version 4,
  noise[8] = static_cast<unsigned char>((noise[8] & 0x3fU) | 0x80U); // variant 1.
  auto text = schemas::to_hex(noise);
  for (const std::size_t at : {8U, 13U, 18U, 23U})
    text.insert(at, 1, '-');
  return text;
}

void add(std::string& head, std::string_view name, std::string_view value) {
  head += name;
  head += ": ";
  head += value;
  head += "\r\n";
}

/// What a handler said of a header goes before what is usual.
void add_unless_said(std::string& head, const response& reply, std::string_view name,
                     std::string_view value) {
  if (!value_of(reply.headers, name))
    add(head, name, value);
}

bool has_body(const response& reply) {
  return reply.status != status_no_content && reply.status != status_not_modified;
}

} // namespace

std::string reply_text(const response& reply, const reply_facts& about) {
  namespace http = boost::beast::http;
  const auto status = static_cast<unsigned>(reply.status);
  const auto reason = http::obsolete_reason(http::int_to_status(status));
  std::string text = "HTTP/1.1 " + std::to_string(status) + " ";
  constexpr std::size_t head_bytes = 768;
  text.reserve(head_bytes + (about.is_head ? 0 : reply.body.size()));
  text.append(reason.data(), reason.size());
  text += "\r\n";
  add(text, "date", about.date);
  if (has_body(reply)) {
    if (!reply.content_type.empty())
      add(text, "content-type", reply.content_type);
    if (!about.is_stream)
      add(text, "content-length", std::to_string(reply.body.size()));
  }
  add(text, "connection", about.keep ? "keep-alive" : "close");
  add_unless_said(text, reply, "cache-control", "no-store");
  add_unless_said(text, reply, "content-security-policy", no_scripts);
  text += always_there;
  if (about.is_https)
    add(text, "strict-transport-security", https_only);
  if (!about.request_id.empty())
    add(text, "x-request-id", about.request_id);
  if (!about.traceparent.empty())
    add(text, "traceparent", about.traceparent);
  for (const auto& [name, value] : reply.headers)
    add(text, name, value);
  if (about.headers != nullptr)
    for (const auto& [name, value] : *about.headers)
      add(text, name, value);
  text += "\r\n";
  if (!about.is_head && has_body(reply))
    text += reply.body;
  return text;
}

void apply_conditions(const request& what, response& reply, bool is_cacheable) {
  const bool is_read = what.verb == method::get || what.verb == method::head;
  if (!is_read || reply.status != 200 || reply.stream != nullptr)
    return;
  std::array<unsigned char, etag_bytes> digest{};
  crypto_generichash(digest.data(), digest.size(),
                     reinterpret_cast<const unsigned char*>(reply.body.data()), reply.body.size(),
                     nullptr, 0);
  const auto tag = "\"" + schemas::to_hex(digest) + "\"";
  reply.headers.emplace_back("etag", tag);
  if (is_cacheable)
    reply.headers.emplace_back("cache-control", "private, no-cache");
  const auto known = value_of(what.headers, "if-none-match");
  if (known && (*known == "*" || known->find(tag) != known->npos)) {
    reply.status = status_not_modified;
    reply.body.clear();
  }
}

std::string http_date(std::int64_t unix_seconds) {
  constexpr std::array<const char*, 7> days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array<const char*, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                               "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const std::time_t at = unix_seconds;
  std::tm utc{};
  ::gmtime_r(&at, &utc);
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%s, %02d %s %04d %02d:%02d:%02d GMT",
                days[static_cast<std::size_t>(utc.tm_wday)], utc.tm_mday,
                months[static_cast<std::size_t>(utc.tm_mon)], utc.tm_year + 1900, utc.tm_hour,
                utc.tm_min, utc.tm_sec);
  return text.data();
}

std::string request_id(const fields& headers) {
  const auto given = value_of(headers, "x-request-id");
  const auto is_plain = [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '.' || c == '_' || c == '-';
  };
  if (given && !given->empty() && given->size() <= request_id_bytes_max
      && std::ranges::all_of(*given, is_plain))
    return std::string(*given);
  return new_uuid();
}

std::string trace_of(const fields& headers) {
  const auto given = value_of(headers, "traceparent");
  if (!given || given->size() != traceparent_bytes || !given->starts_with("00-")
      || (*given)[35] != '-' || (*given)[52] != '-')
    return {};
  for (std::size_t i = 3; i < given->size(); ++i) {
    const char c = (*given)[i];
    const bool is_hex = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
    if (i != 35 && i != 52 && !is_hex)
      return {};
  }
  const bool is_zero = given->substr(3, 32).find_first_not_of('0') == given->npos
                       || given->substr(span_at, 16).find_first_not_of('0') == given->npos;
  return is_zero ? std::string{} : std::string(*given);
}

std::string answered_trace(std::string_view traceparent) {
  std::string text(traceparent);
  if (text.size() == traceparent_bytes)
    text.replace(span_at, span_bytes * 2, schemas::random_hex(span_bytes));
  return text;
}

} // namespace laurel::api
