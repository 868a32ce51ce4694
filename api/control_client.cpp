#include "api/control_client.hpp"

#include "api/control_socket.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>

#include <optional>
#include <utility>

namespace laurel::api {

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using protocol = asio::local::stream_protocol;
using schemas::errc;
using schemas::failure;
using clock = std::chrono::steady_clock;

constexpr unsigned http_1_1 = 11;

http::request<http::string_body> message_of(const request& what) {
  std::string target = what.path;
  for (const auto& [name, value] : what.query)
    target += (target.size() == what.path.size() ? "?" : "&") + percent_encode(name) + "="
              + percent_encode(value);
  http::request<http::string_body> message;
  message.version(http_1_1);
  const auto verb = name_of(what.verb);
  message.method_string({verb.data(), verb.size()});
  message.target(target);
  message.set(http::field::host, "laurel");
  for (const auto& [name, value] : what.headers)
    message.set(name, value);
  message.body() = what.body;
  message.prepare_payload();
  return message;
}

response response_of(http::response<http::string_body>&& message) {
  response answer;
  answer.status = static_cast<int>(message.result_int());
  const auto type = message[http::field::content_type];
  answer.content_type = std::string(type.data(), type.size());
  answer.body = std::move(message.body());
  return answer;
}

} // namespace

struct control_client::impl {
  impl(control_address where, const client_limits& bounds)
      : address(std::move(where)), limits(bounds) {}

  schemas::result<void> open();
  schemas::result<response> exchange(const http::request<http::string_body>& message);

  control_address address;
  client_limits limits;
  asio::io_context io{1};
  std::optional<beast::basic_stream<protocol>> stream;
  beast::flat_buffer buffer;
  clock::time_point used_at;
};

schemas::result<void> control_client::impl::open() {
  buffer.clear();
  stream.emplace(io);
  beast::error_code fault;
  stream->socket().connect(protocol::endpoint(address.path()), fault);
  used_at = clock::now();
  if (!fault)
    return {};
  stream.reset();
  const bool is_absent = fault == boost::system::errc::no_such_file_or_directory
                         || fault == boost::system::errc::connection_refused;
  return failure(is_absent ? errc::not_found : errc::refused,
                 address.path() + ": " + fault.message());
}

schemas::result<response>
control_client::impl::exchange(const http::request<http::string_body>& message) {
  http::response_parser<http::string_body> parser;
  parser.body_limit(limits.answer_bytes_max);
  beast::error_code outcome = beast::error::timeout;
  stream->expires_after(limits.answer_timeout);
  http::async_write(*stream, message, [&](beast::error_code fault, std::size_t) {
    if (fault)
      return void(outcome = fault);
    http::async_read(*stream, buffer, parser,
                     [&](beast::error_code ended, std::size_t) { outcome = ended; });
  });
  io.restart();
  io.run();
  used_at = clock::now();
  if (outcome) {
    stream.reset();
    return failure(errc::transient,
                   "the process ended the connection before it answered: " + outcome.message());
  }
  if (!parser.get().keep_alive())
    stream.reset();
  return response_of(parser.release());
}

control_client::control_client(std::unique_ptr<impl> parts) : impl_(std::move(parts)) {}

control_client::~control_client() = default;

schemas::result<std::unique_ptr<control_client>>
control_client::connect(const std::filesystem::path& directory, const client_limits& limits) {
  auto address = control_address::in(directory);
  if (!address)
    return tl::unexpected(address.error());
  auto parts = std::make_unique<impl>(std::move(*address), limits);
  if (auto opened = parts->open(); !opened)
    return tl::unexpected(opened.error());
  return std::unique_ptr<control_client>(new control_client(std::move(parts)));
}

schemas::result<response> control_client::send(const request& what) {
  if (!impl_->stream || clock::now() - impl_->used_at > impl_->limits.reuse_max)
    if (auto opened = impl_->open(); !opened)
      return tl::unexpected(opened.error());
  return impl_->exchange(message_of(what));
}

} // namespace laurel::api
