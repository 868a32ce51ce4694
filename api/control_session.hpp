#pragma once

#include "api/control_server.hpp"
#include "api/router.hpp"

#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>

#include <functional>
#include <memory>
#include <optional>

namespace laurel::api {

/// One connection of the control server. Private to control_server.cpp and its own .cpp.
///
/// Lives as long as an operation of it is pending (every callback holds a reference). All members
/// belong to the I/O thread; only `router::handle` runs on the handler pool, with the request moved
/// there.
///
///   read head -> (100 Continue) -> read body -> handle on the pool -> write -> read head ...
class control_session : public std::enable_shared_from_this<control_session> {
public:
  using protocol = boost::asio::local::stream_protocol;

  struct shared {
    std::shared_ptr<const router> routes;
    server_limits limits;
    boost::asio::thread_pool* handlers = nullptr;
    bool draining = false; // I/O thread only.
    std::function<void(control_session*)> on_gone;
  };

  control_session(protocol::socket socket, shared& server);
  ~control_session();

  void run() { read_head(); }

  /// Ends the connection now if no request has been read; else after its answer.
  void drain();

private:
  using error = boost::beast::error_code;

  void read_head();
  void on_head(error fault);
  void read_body();
  void on_body(error fault);
  void answer(response reply, bool is_head, bool keep);
  void reject(int status, const char* slug, const char* detail);
  void on_read_fault(error fault);
  void close();

  template <class Message>
  void write(std::shared_ptr<Message> message);

  boost::beast::basic_stream<protocol> stream_;
  shared& server_;
  boost::beast::flat_buffer buffer_;
  std::optional<boost::beast::http::request_parser<boost::beast::http::string_body>> parser_;
  std::size_t requests_ = 0;
  bool is_busy_ = false; // Between the head of a request and the end of its answer.
};

} // namespace laurel::api
