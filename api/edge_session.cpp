#include "api/edge_session.hpp"

#include "api/problem.hpp"

#include <boost/asio/write.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/read.hpp>

#include <algorithm>
#include <limits>
#include <utility>

namespace laurel::api {

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;

constexpr std::size_t read_bytes = 16UL * 1024;
constexpr std::size_t buffer_bytes_max = 64UL * 1024;
constexpr std::string_view continue_text = "HTTP/1.1 100 Continue\r\n\r\n";

std::int64_t wall_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
           std::chrono::system_clock::now().time_since_epoch())
    .count();
}

} // namespace

edge_session::edge_session(tcp::socket socket, ip_address peer, shared& server)
    : stream_(std::move(socket)),
      peer_(std::move(peer)),
      server_(server),
      buffer_(buffer_bytes_max) {}

edge_session::~edge_session() {
  release_body();
  end_stream();
  server_.on_gone(this);
}

void edge_session::run() {
  error ignored; // Small answers go out at once where the system lets them.
  stream_.socket().set_option(tcp::no_delay(true), ignored);
  if (server_.tls == nullptr)
    return wait();
  context_ = server_.tls;
  is_busy_ = true;
  tls_.emplace(stream_, *context_);
  stream_.expires_after(server_.settings.limits.handshake_timeout);
  tls_->async_handshake(asio::ssl::stream_base::server, [self = shared_from_this()](error fault) {
    if (!fault)
      return self->wait();
    self->server_.counters.handshake_faults.fetch_add(1, std::memory_order_relaxed);
    self->close();
  });
}

/// A read that is over already is delivered all the same; one that is not ends, and whoever waits
/// for it looks whether the kernel holds more.
void edge_session::drain() {
  if (source_ != nullptr)
    close();
  else if (!is_busy_)
    stream_.cancel();
}

/// Whether the kernel has taken bytes for us: then a request was accepted.
bool edge_session::has_bytes() {
  error unknown;
  return stream_.socket().available(unknown) > 0 && !unknown;
}

void edge_session::close() {
  is_closed_ = true;
  pause_.cancel();
  error ignored; // The peer may be gone already, which is what we want.
  stream_.socket().shutdown(tcp::socket::shutdown_both, ignored);
  stream_.close();
}

// -- reading ----------------------------------------------------------------------------------

/// The idle time ends with the first byte of a request, and its own time begins.
void edge_session::wait() {
  const auto& limits = server_.settings.limits;
  is_busy_ = false;
  if (buffer_.size() > 0)
    return read_head();
  if (server_.is_draining && requests_ > 0 && !has_bytes())
    return close();
  stream_.expires_after(requests_ == 0 ? limits.head_timeout : limits.idle_timeout);
  with_stream([this](auto& stream) {
    stream.async_read_some(buffer_.prepare(read_bytes),
                           [self = shared_from_this()](error fault, std::size_t bytes) {
                             if (fault == asio::error::operation_aborted && self->has_bytes())
                               return self->wait();
                             if (fault)
                               return self->on_read_fault(fault);
                             self->buffer_.commit(bytes);
                             self->read_head();
                           });
  });
}

void edge_session::read_head() {
  is_busy_ = true;
  began_ = clock::now();
  what_ = {};
  admitted_ = {};
  keep_ = false;
  is_head_ = false;
  has_rest_ = true;
  parser_.emplace();
  parser_->header_limit(static_cast<std::uint32_t>(server_.settings.limits.head_bytes_max));
  // The route's own limit takes its place as soon as the head names the route.
  parser_->body_limit(std::numeric_limits<std::uint64_t>::max());
  stream_.expires_after(server_.settings.limits.head_timeout);
  with_stream([this](auto& stream) {
    http::async_read_header(
      stream, buffer_, *parser_,
      [self = shared_from_this()](error fault, std::size_t) { self->on_head(fault); });
  });
}

/// Whether the head can be understood, and is not too large; answers if not.
bool edge_session::check_head() {
  const auto& head = parser_->get();
  const auto& limits = server_.settings.limits;
  if (const auto* const fault = framing_fault(head))
    return refuse(400, "bad-request", fault), false;
  if (head.target().size() > limits.line_bytes_max)
    return refuse(414, "target-too-long", "The target of the request is too long."), false;
  std::size_t fields_seen = 0;
  for (const auto& field : head) {
    ++fields_seen;
    if (field.name_string().size() + field.value().size() > limits.line_bytes_max)
      return refuse(431, "head-too-large", "A field of the head is too long."), false;
  }
  if (fields_seen > limits.head_fields_max)
    return refuse(431, "head-too-large", "The head has too many fields."), false;
  if (!parse_target({head.target().data(), head.target().size()}, what_))
    return refuse(400, "bad-request", "The target of the request cannot be understood."), false;
  return true;
}

void edge_session::on_head(error fault) {
  if (fault)
    return on_read_fault(fault);
  has_rest_ = !parser_->is_done();
  if (!check_head())
    return;
  const auto& head = parser_->get();
  const auto verb = parse_method({head.method_string().data(), head.method_string().size()});
  what_.verb = verb.value_or(method::get);
  what_.headers = fields_of(head);
  what_.id = request_id(what_.headers);
  what_.traceparent = answered_trace(trace_of(what_.headers));
  is_head_ = verb == method::head;
  keep_ = head.keep_alive();
  admitted_ = server_.gate.examine({verb, &what_, peer_, tls_.has_value(), wall_ms()});
  if (admitted_.refusal)
    return answer(std::move(*admitted_.refusal));
  what_.who = admitted_.who;
  take_body();
}

/// Makes room for the body, within the limits of its route and of all connections together.
void edge_session::take_body() {
  const auto body_max = admitted_.row->body_bytes_max;
  const auto length = parser_->content_length();
  if (length.value_or(0) > body_max)
    return refuse(413, "too-large",
                  "The body is larger than the " + std::to_string(body_max)
                    + " bytes that this route takes.");
  if (!has_rest_)
    return dispatch();
  body_promised_ = length ? static_cast<std::size_t>(*length) : body_max;
  if (server_.body_bytes + body_promised_ > server_.settings.limits.body_bytes_total_max) {
    body_promised_ = 0;
    return refuse(503, "busy", "Too many large requests at once; try again.");
  }
  server_.body_bytes += body_promised_;
  body_read_ = 0;
  began_ = clock::now();
  parser_->body_limit(body_max);
  const auto expect = parser_->get()[http::field::expect];
  if (expect.empty())
    return read_body();
  if (!beast::iequals(expect, "100-continue"))
    return refuse(417, "bad-expectation", "Only 100-continue can be expected here.");
  with_stream([this](auto& stream) {
    asio::async_write(stream, asio::buffer(continue_text),
                      [self = shared_from_this()](error fault, std::size_t) {
                        if (fault)
                          return self->close();
                        self->read_body();
                      });
  });
}

/// A body may take its time as long as it comes at the least rate.
void edge_session::read_body() {
  const auto& limits = server_.settings.limits;
  const auto earned = std::chrono::milliseconds(
    1'000 * body_read_ / std::max<std::size_t>(1, limits.body_bytes_per_second_min));
  stream_.expires_at(began_ + limits.body_timeout + earned);
  with_stream([this](auto& stream) {
    http::async_read_some(
      stream, buffer_, *parser_,
      [self = shared_from_this()](error fault, std::size_t bytes) { self->on_body(fault, bytes); });
  });
}

void edge_session::on_body(error fault, std::size_t bytes) {
  if (fault)
    return on_read_fault(fault);
  body_read_ += bytes;
  if (!parser_->is_done())
    return read_body();
  has_rest_ = false;
  what_.body = std::move(parser_->get().body());
  dispatch();
}

void edge_session::on_read_fault(error fault) {
  if (fault == beast::error::timeout)
    server_.counters.timeouts.fetch_add(is_busy_ ? 1 : 0, std::memory_order_relaxed);
  if (fault == http::error::header_limit || fault == http::error::buffer_overflow)
    return refuse(431, "head-too-large", "The head of the request is too large.");
  if (fault == http::error::body_limit)
    return refuse(413, "too-large", "The body is larger than this route takes.");
  const bool is_framing = fault.category() == make_error_code(http::error::bad_method).category();
  if (is_framing && fault != http::error::end_of_stream && fault != http::error::partial_message)
    return refuse(400, "bad-request", "The request is not well-formed HTTP/1.1.");
  close();
}

} // namespace laurel::api
