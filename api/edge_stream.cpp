#include "api/edge_session.hpp"
#include "api/problem.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>

#include <utility>

/// The part of a session that answers with a stream: it asks the source now and then, on a pool
/// thread, writes what is new, and says a word when nothing was, so that nobody on the way takes
/// the connection for dead.
namespace laurel::api {

namespace {

namespace asio = boost::asio;

constexpr std::string_view heartbeat_text = ":\n\n"; // A comment: clients pass it over.
constexpr std::size_t peer_bytes = 512;

} // namespace

void edge_session::start_stream(response reply) {
  const auto& limits = server_.settings.limits;
  const auto& owner = reply.stream->owner();
  const auto known = server_.streams_by_owner.find(owner);
  if (known != server_.streams_by_owner.end() && known->second >= limits.streams_per_caller_max)
    return refuse(429, "too-many-streams",
                  "At most " + std::to_string(limits.streams_per_caller_max)
                    + " streams of one key at once; end one of them.");
  if (server_.streams >= limits.streams_max)
    return refuse(503, "busy", "Too many streams at once; try again.");
  source_ = std::move(reply.stream);
  ++server_.streams_by_owner[source_->owner()];
  server_.counters.streams = ++server_.streams;
  keep_ = false;
  prepare(reply);
  watch_peer();
  write_stream();
}

void edge_session::end_stream() {
  if (source_ == nullptr)
    return;
  server_.counters.streams = --server_.streams;
  const auto of_owner = server_.streams_by_owner.find(source_->owner());
  if (--of_owner->second == 0)
    server_.streams_by_owner.erase(of_owner);
  source_.reset();
}

/// A client of a stream has nothing more to say; what it sends, and its end, end the stream.
void edge_session::watch_peer() {
  stream_.expires_never();
  buffer_.clear();
  with_stream([this](auto& stream) {
    stream.async_read_some(buffer_.prepare(peer_bytes),
                           [self = shared_from_this()](error, std::size_t) { self->close(); });
  });
}

void edge_session::write_stream() {
  stream_.expires_after(server_.settings.limits.write_timeout); // The read has none.
  with_stream([this](auto& stream) {
    asio::async_write(stream, asio::buffer(out_),
                      [self = shared_from_this()](error fault, std::size_t) {
                        if (fault || self->is_closed_)
                          return self->close();
                        self->said_at_ = clock::now();
                        self->ask_later();
                      });
  });
}

void edge_session::ask_later() {
  pause_.expires_after(server_.settings.limits.stream_interval);
  pause_.async_wait([self = shared_from_this()](error ended) mutable {
    if (ended || self->is_closed_)
      return;
    auto& pool = self->server_.readers;
    asio::post(pool, [self = std::move(self)]() mutable {
      std::optional<std::string> text;
      try {
        text = self->source_->next();
      } catch (const std::exception&) {
        text.reset(); // The stream ends; the client comes again.
      }
      auto io_thread = self->stream_.get_executor();
      asio::post(io_thread, [self = std::move(self), text = std::move(text)]() mutable {
        self->on_news(std::move(text));
      });
    });
  });
}

void edge_session::on_news(std::optional<std::string> text) {
  if (is_closed_ || !text)
    return close();
  out_ = std::move(*text);
  if (out_.empty() && clock::now() - said_at_ < server_.settings.limits.stream_heartbeat)
    return ask_later();
  if (out_.empty())
    out_ = heartbeat_text;
  write_stream();
}

} // namespace laurel::api
