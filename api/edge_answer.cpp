#include "api/edge_session.hpp"
#include "api/problem.hpp"
#include "api/route_table.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>

#include <utility>

/// The part of a session that answers: on a pool, onto the wire, and to the end of the connection.
namespace laurel::api {

namespace {

namespace asio = boost::asio;

constexpr std::size_t discard_bytes_max = 1024UL * 1024; // Of a body that was refused.
constexpr std::size_t discard_read_bytes = 16UL * 1024;
constexpr std::chrono::seconds linger_time{1};

} // namespace

void edge_session::dispatch() {
  const auto& limits = server_.settings.limits;
  stream_.expires_never();
  if (server_.in_flight >= limits.in_flight_max)
    return refuse(503, "busy", "Too many requests are being answered; try again.");
  auto& of_caller = server_.in_flight_by_caller[admitted_.caller];
  if (of_caller >= limits.in_flight_per_caller_max) {
    auto reply = problem(429, "too-many-at-once",
                         "You have " + std::to_string(of_caller)
                           + " requests under way; wait for one of them.");
    reply.headers.emplace_back("retry-after", "1");
    return answer(std::move(reply));
  }
  ++of_caller;
  server_.counters.in_flight = ++server_.in_flight;
  const auto* row = admitted_.row->row;
  hand_over(row != nullptr && row->kind == work::append ? server_.appenders : server_.readers);
}

void edge_session::hand_over(asio::thread_pool& pool) {
  asio::post(pool, [self = shared_from_this()]() mutable {
    // The session is not touched here, but for the request and the row, which it leaves alone now.
    const auto& found = self->admitted_;
    auto reply = self->server_.routes->run(*found.row, self->what_, found.values);
    apply_conditions(self->what_, reply, found.row->row != nullptr && found.row->row->is_cacheable);
    auto io_thread = self->stream_.get_executor();
    // The reference moves along: a session ends on the listener's thread only.
    asio::post(io_thread, [self = std::move(self), reply = std::move(reply)]() mutable {
      auto& server = self->server_;
      server.counters.in_flight = --server.in_flight;
      const auto of_caller = server.in_flight_by_caller.find(self->admitted_.caller);
      if (--of_caller->second == 0)
        server.in_flight_by_caller.erase(of_caller);
      self->release_body();
      self->answer(std::move(reply));
    });
  });
}

void edge_session::release_body() {
  server_.body_bytes -= std::exchange(body_promised_, 0);
}

void edge_session::refuse(int status, const char* slug, const std::string& detail) {
  answer(problem(status, slug, detail));
}

/// A body that was not read would be taken for the next request, so that ends the connection.
void edge_session::answer(response reply) {
  if (reply.stream != nullptr && !is_head_)
    return start_stream(std::move(reply));
  keep_ = keep_ && !has_rest_ && !server_.is_draining
          && ++requests_ < server_.settings.limits.requests_per_connection_max;
  prepare(reply);
  write();
}

/// The bytes of the answer, and a mark for it in the counters.
void edge_session::prepare(const response& reply) {
  release_body();
  out_ = reply_text(reply, {.date = date(),
                            .request_id = what_.id,
                            .traceparent = what_.traceparent,
                            .headers = &admitted_.headers,
                            .is_head = is_head_,
                            .is_stream = source_ != nullptr,
                            .keep = keep_,
                            .is_https = admitted_.is_https || tls_.has_value()});
  const auto& table = server_.routes->table();
  const auto route = admitted_.row != nullptr
                       ? static_cast<std::size_t>(admitted_.row - table.data())
                       : table.size();
  server_.counters.note(
    route, reply.status,
    std::chrono::duration_cast<std::chrono::microseconds>(clock::now() - began_));
  what_ = {};
}

void edge_session::write() {
  stream_.expires_after(server_.settings.limits.write_timeout);
  with_stream([this](auto& stream) {
    asio::async_write(stream, asio::buffer(out_),
                      [self = shared_from_this()](error fault, std::size_t) {
                        if (fault)
                          return self->close();
                        if (!self->keep_)
                          return self->linger();
                        self->wait();
                      });
  });
}

/// Ends our side and reads on for a moment: a socket closed with bytes unread would reset the
/// connection, and the peer might never see the answer.
void edge_session::linger() {
  stream_.expires_after(linger_time);
  if (!tls_) {
    error ignored;
    stream_.socket().shutdown(tcp::socket::shutdown_send, ignored);
    return discard();
  }
  tls_->async_shutdown([self = shared_from_this()](error) {
    error ignored;
    self->stream_.socket().shutdown(tcp::socket::shutdown_send, ignored);
    self->discard();
  });
}

void edge_session::discard() {
  buffer_.clear();
  stream_.async_read_some(buffer_.prepare(discard_read_bytes),
                          [self = shared_from_this()](error fault, std::size_t bytes) {
                            self->discarded_ += bytes;
                            if (fault || self->discarded_ > discard_bytes_max)
                              return self->close();
                            self->discard();
                          });
}

std::string_view edge_session::date() {
  const auto now = std::chrono::duration_cast<std::chrono::seconds>(
                     std::chrono::system_clock::now().time_since_epoch())
                     .count();
  if (now != server_.date_of) {
    server_.date_of = now;
    server_.date = http_date(now);
  }
  return server_.date;
}

} // namespace laurel::api
