#pragma once

#include "api/beast_message.hpp"
#include "api/edge_reply.hpp"
#include "api/edge_server.hpp"
#include "api/event_stream.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/parser.hpp>

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

namespace laurel::api {

/// One connection of the edge. Private to edge_server.cpp and its own: edge_session.cpp reads,
/// edge_answer.cpp answers, edge_stream.cpp answers without an end.
///
/// Lives as long as an operation of it is pending (every callback holds a reference). All members
/// belong to the listener's thread; only `router::run` runs on a pool, with the request moved
/// there.
///
///   (handshake) -> wait -> head -> gate -> (100 Continue) -> body -> pool -> write -> wait ...
///                             \_ refused: write -> wait, or linger -> close if a body may follow
class edge_session : public std::enable_shared_from_this<edge_session> {
public:
  using tcp = boost::asio::ip::tcp;
  using clock = std::chrono::steady_clock;

  /// What all sessions of a server share; used by its thread only, apart from the pools.
  struct shared {
    std::shared_ptr<const router> routes;
    edge_settings settings;
    class gate gate;
    edge_counters counters;
    boost::asio::thread_pool readers;
    boost::asio::thread_pool appenders;
    std::shared_ptr<boost::asio::ssl::context> tls; // Null: plain.
    std::map<std::string, std::size_t> in_flight_by_caller;
    std::size_t in_flight = 0;
    std::map<std::string, std::size_t> streams_by_owner;
    std::size_t streams = 0;
    std::size_t body_bytes = 0; // Promised to sessions that read a body.
    bool is_draining = false;
    std::int64_t date_of = 0; // The second that `date` tells.
    std::string date;
    std::function<void(edge_session*)> on_gone;
  };

  edge_session(tcp::socket socket, ip_address peer, shared& server);
  ~edge_session();

  void run();

  /// Ends the connection now if nothing of a request is here; else after its answer.
  void drain();

  const ip_address& peer() const { return peer_; }

private:
  using error = boost::beast::error_code;

  /// Calls `use` with the stream that requests come through.
  template <class Use>
  void with_stream(Use use) {
    if (tls_)
      use(*tls_);
    else
      use(stream_);
  }

  void wait();
  void read_head();
  void on_head(error fault);
  bool check_head();
  void take_body();
  void read_body();
  void on_body(error fault, std::size_t bytes);
  void dispatch();
  void hand_over(boost::asio::thread_pool& pool);
  void answer(response reply);
  void refuse(int status, const char* slug, const std::string& detail);
  void write();
  void linger();
  void discard();
  void on_read_fault(error fault);
  void close();
  bool has_bytes();
  void prepare(const response& reply);
  void start_stream(response reply);
  void end_stream();
  void watch_peer();
  void write_stream();
  void ask_later();
  void on_news(std::optional<std::string> text);
  void release_body();
  std::string_view date();

  boost::beast::tcp_stream stream_;
  std::shared_ptr<boost::asio::ssl::context> context_; // Outlives `tls_`.
  std::optional<boost::asio::ssl::stream<boost::beast::tcp_stream&>> tls_;
  ip_address peer_;
  shared& server_;
  boost::beast::flat_buffer buffer_;
  std::optional<boost::beast::http::request_parser<boost::beast::http::string_body>> parser_;

  // Of the request at hand.
  request what_;
  admission admitted_;
  clock::time_point began_;
  std::size_t body_read_ = 0;
  std::size_t body_promised_ = 0;
  bool is_head_ = false;
  bool keep_ = false;
  bool has_rest_ = false; // A part of the body has not been read.

  std::string out_;
  std::size_t requests_ = 0;
  std::size_t discarded_ = 0;
  std::shared_ptr<event_stream> source_; // Of a stream; asked by a reader thread.
  boost::asio::steady_timer pause_{stream_.get_executor()};
  clock::time_point said_at_;
  bool is_closed_ = false;
  bool is_busy_ = false; // Between the first byte of a request and the end of its answer.
};

} // namespace laurel::api
