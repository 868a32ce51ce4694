#include "api/control_session.hpp"

#include "api/beast_message.hpp"
#include "api/problem.hpp"

#include <boost/asio/dispatch.hpp>
#include <boost/asio/post.hpp>

#include <limits>
#include <utility>

namespace laurel::api {

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;

constexpr unsigned http_1_1 = 11;

template <class Message>
void fill_head(Message& message, const response& reply, bool keep) {
  message.version(http_1_1);
  message.result(static_cast<unsigned>(reply.status));
  message.keep_alive(keep);
  if (!reply.content_type.empty())
    message.set(http::field::content_type, reply.content_type);
  message.set(http::field::cache_control, "no-store");
  for (const auto& [name, value] : reply.headers)
    message.set(name, value);
}

} // namespace

control_session::control_session(protocol::socket socket, shared& server)
    : stream_(std::move(socket)), server_(server) {}

control_session::~control_session() {
  server_.on_gone(this);
}

void control_session::drain() {
  if (!is_busy_)
    close();
}

void control_session::close() {
  error ignored; // The peer may be gone already, which is what we want.
  stream_.socket().shutdown(protocol::socket::shutdown_both, ignored);
  stream_.close();
}

void control_session::read_head() {
  parser_.emplace();
  parser_->header_limit(static_cast<std::uint32_t>(server_.limits.head_bytes_max));
  // The route's own limit takes its place as soon as the head names the route.
  parser_->body_limit(std::numeric_limits<std::uint64_t>::max());
  is_busy_ = buffer_.size() > 0;
  stream_.expires_after(is_busy_ ? server_.limits.head_timeout : server_.limits.idle_timeout);
  http::async_read_header(
    stream_, buffer_, *parser_,
    [self = shared_from_this()](error fault, std::size_t) { self->on_head(fault); });
}

void control_session::on_head(error fault) {
  is_busy_ = true;
  if (fault)
    return on_read_fault(fault);
  if (const auto* const fault_found = framing_fault(parser_->get()))
    return reject(400, "bad-request", fault_found);
  const auto verb_text = parser_->get().method_string();
  const auto verb = parse_method({verb_text.data(), verb_text.size()});
  request probe;
  const auto target = parser_->get().target();
  if (!verb || !parse_target({target.data(), target.size()}, probe))
    return reject(400, "bad-request", "The method or the target cannot be understood.");
  const auto found = server_.routes->find(*verb, probe.path);
  const auto body_max = found.row != nullptr ? found.row->body_bytes_max : 0;
  const auto length = parser_->content_length();
  if (length && *length > body_max && found.row != nullptr)
    return reject(413, "too-large", "The body is larger than this route takes.");
  parser_->body_limit(body_max);
  read_body();
}

void control_session::read_body() {
  stream_.expires_after(server_.limits.body_timeout);
  const auto go_on = [self = shared_from_this()](error fault) {
    if (fault)
      return self->close();
    http::async_read(self->stream_, self->buffer_, *self->parser_,
                     [self](error read_fault, std::size_t) { self->on_body(read_fault); });
  };
  const auto expect = parser_->get()[http::field::expect];
  if (!beast::iequals(expect, "100-continue"))
    return go_on({});
  auto message =
    std::make_shared<http::response<http::empty_body>>(http::status::continue_, http_1_1);
  http::async_write(stream_, *message,
                    [message, go_on](error fault, std::size_t) { go_on(fault); });
}

void control_session::on_body(error fault) {
  if (fault)
    return on_read_fault(fault);
  auto message = parser_->release();
  request what;
  const auto verb_text = message.method_string();
  what.verb = parse_method({verb_text.data(), verb_text.size()}).value_or(method::get);
  const auto target = message.target();
  parse_target({target.data(), target.size()}, what);
  what.headers = fields_of(message);
  what.body = std::move(message.body());
  stream_.expires_never();
  const bool keep = message.keep_alive();
  const bool is_head = what.verb == method::head;
  asio::post(*server_.handlers, [self = shared_from_this(), what = std::move(what), keep,
                                 is_head]() mutable {
    auto reply = self->server_.routes->handle(what);
    auto io_thread = self->stream_.get_executor();
    // The reference moves along: a session ends on the I/O thread only.
    asio::post(io_thread, [self = std::move(self), reply = std::move(reply), keep,
                           is_head]() mutable { self->answer(std::move(reply), is_head, keep); });
  });
}

void control_session::answer(response reply, bool is_head, bool keep) {
  keep = keep && !server_.draining && ++requests_ < server_.limits.requests_per_connection_max;
  if (is_head || reply.status == 204) {
    auto message = std::make_shared<http::response<http::empty_body>>();
    fill_head(*message, reply, keep);
    if (reply.status != 204)
      message->content_length(reply.body.size());
    return write(std::move(message));
  }
  auto message = std::make_shared<http::response<http::string_body>>();
  fill_head(*message, reply, keep);
  message->body() = std::move(reply.body);
  message->prepare_payload();
  write(std::move(message));
}

template <class Message>
void control_session::write(std::shared_ptr<Message> message) {
  stream_.expires_after(server_.limits.write_timeout);
  http::async_write(stream_, *message,
                    [self = shared_from_this(), message](error fault, std::size_t) {
                      if (fault || message->need_eof() || self->server_.draining)
                        return self->close();
                      self->read_head();
                    });
}

void control_session::reject(int status, const char* slug, const char* detail) {
  answer(problem(status, slug, detail), false, false);
}

void control_session::on_read_fault(error fault) {
  if (fault == http::error::header_limit)
    return reject(431, "head-too-large", "The head of the request is too large.");
  if (fault == http::error::body_limit)
    return reject(413, "too-large", "The body is larger than this route takes.");
  const bool is_framing = fault.category() == make_error_code(http::error::bad_method).category();
  if (is_framing && fault != http::error::end_of_stream && fault != http::error::partial_message)
    return reject(400, "bad-request", "The request is not well-formed HTTP/1.1.");
  close();
}

} // namespace laurel::api
