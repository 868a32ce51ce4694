#include "api/beast_message.hpp"

#include <boost/beast/core/string.hpp>

#include <algorithm>
#include <cctype>

namespace laurel::api {

namespace {

namespace beast = boost::beast;
namespace http = boost::beast::http;

constexpr unsigned http_1_0 = 10;
constexpr unsigned http_1_1 = 11;

bool is_host(beast::string_view host) {
  return !host.empty() && std::ranges::all_of(host, [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '.' || c == '-' || c == '_' || c == ':' || c == '['
           || c == ']' || c == '%' || c == '~';
  });
}

bool is_number(beast::string_view text) {
  return !text.empty()
         && std::ranges::all_of(text, [](unsigned char c) { return std::isdigit(c) != 0; });
}

} // namespace

const char* framing_fault(const beast_request& head) {
  const auto version = head.version();
  if (version != http_1_0 && version != http_1_1)
    return "Only HTTP/1.0 and HTTP/1.1 are spoken here.";
  const auto hosts = head.count(http::field::host);
  if (hosts > 1 || (version == http_1_1 && hosts == 0))
    return "A request has exactly one Host.";
  if (hosts == 1 && !is_host(head[http::field::host]))
    return "Host is no host.";
  const auto lengths = head.count(http::field::content_length);
  const auto encodings = head.count(http::field::transfer_encoding);
  if (lengths > 1 || encodings > 1 || (lengths == 1 && encodings == 1))
    return "The length of the body is said twice.";
  if (lengths == 1 && !is_number(head[http::field::content_length]))
    return "The length of the body is no number.";
  if (encodings == 1
      && (version == http_1_0 || !beast::iequals(head[http::field::transfer_encoding], "chunked")))
    return "The only transfer encoding is chunked, with HTTP/1.1.";
  return nullptr;
}

fields fields_of(const beast_request& message) {
  fields list;
  for (const auto& field : message) {
    std::string name(field.name_string().data(), field.name_string().size());
    std::ranges::transform(name, name.begin(),
                           [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    list.emplace_back(std::move(name), std::string(field.value().data(), field.value().size()));
  }
  return list;
}

} // namespace laurel::api
