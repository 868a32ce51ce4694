#include "api/control_server.hpp"

#include "api/control_session.hpp"
#include "api/control_socket.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <cerrno>
#include <set>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>
#include <utility>

namespace laurel::api {

namespace {

namespace asio = boost::asio;
using protocol = control_session::protocol;
using error_code = boost::beast::error_code;
using schemas::errc;
using schemas::failure;

constexpr mode_t owner_only = 0600;
constexpr std::chrono::milliseconds accept_pause{100}; // After a failed accept (no descriptors).

/// Whether a process accepts connections at `path`.
bool is_answered(const std::string& path) {
  asio::io_context io;
  protocol::socket probe(io);
  error_code fault;
  probe.connect(protocol::endpoint(path), fault);
  return !fault;
}

} // namespace

/// Sessions and the acceptor belong to the I/O thread. `control_server` owns it all.
struct control_server::impl {
  impl(control_address where, std::shared_ptr<const router> routes, const server_limits& limits)
      : address(std::move(where)), handlers(limits.handler_threads) {
    shared = {std::move(routes), limits, &handlers, false,
              [this](control_session* gone) { on_gone(gone); }};
  }

  schemas::result<void> listen();
  void accept();
  void on_accept(error_code fault, protocol::socket socket);
  void on_gone(control_session* session);
  void drain();
  void end_if_drained();

  // What a session refers to comes first, so that it outlives the sessions that `io` still holds.
  control_address address;
  control_session::shared shared;
  std::set<control_session*> sessions;
  asio::thread_pool handlers;
  asio::io_context io{1};
  asio::executor_work_guard<asio::io_context::executor_type> work{io.get_executor()};
  protocol::acceptor acceptor{io};
  asio::steady_timer pause{io};
  asio::steady_timer deadline{io};
  std::thread thread;
};

schemas::result<void> control_server::impl::listen() {
  const auto& path = address.path();
  if (is_answered(path))
    return failure(errc::refused, "another process serves " + path);
  ::unlink(path.c_str()); // What a killed process left; nothing is there on a first start.
  error_code fault;
  acceptor.open(protocol(), fault);
  // The mode of the descriptor before the bind becomes the mode of the file: at no moment may
  // anybody else connect.
  if (!fault && ::fchmod(acceptor.native_handle(), owner_only) != 0)
    fault = error_code(errno, boost::system::system_category());
  if (!fault)
    acceptor.bind(protocol::endpoint(path), fault);
  if (!fault)
    acceptor.listen(asio::socket_base::max_listen_connections, fault);
  if (fault)
    return failure(errc::refused, path + ": " + fault.message());
  return {};
}

void control_server::impl::accept() {
  acceptor.async_accept(
    [this](error_code fault, protocol::socket socket) { on_accept(fault, std::move(socket)); });
}

void control_server::impl::on_accept(error_code fault, protocol::socket socket) {
  if (shared.draining)
    return;
  if (fault) {
    pause.expires_after(accept_pause);
    return pause.async_wait([this](error_code ended) {
      if (!ended && !shared.draining)
        accept();
    });
  }
  if (sessions.size() < shared.limits.connections_max) {
    auto session = std::make_shared<control_session>(std::move(socket), shared);
    sessions.insert(session.get());
    session->run();
  } // Else the socket closes here: the caller sees the end of the stream and may come again.
  accept();
}

void control_server::impl::on_gone(control_session* session) {
  sessions.erase(session);
  end_if_drained();
}

void control_server::impl::end_if_drained() {
  if (!shared.draining || !sessions.empty())
    return;
  deadline.cancel();
  work.reset();
}

void control_server::impl::drain() {
  shared.draining = true;
  error_code ignored; // Closing what is already closed is no failure.
  acceptor.close(ignored);
  pause.cancel();
  deadline.expires_after(shared.limits.drain_timeout);
  deadline.async_wait([this](error_code ended) {
    if (!ended)
      io.stop();
  });
  for (auto* session : std::set(sessions))
    session->drain();
  end_if_drained();
}

schemas::result<std::unique_ptr<control_server>>
control_server::start(const std::filesystem::path& directory, std::shared_ptr<const router> routes,
                      const server_limits& limits) {
  auto address = control_address::in(directory);
  if (!address)
    return tl::unexpected(address.error());
  auto parts = std::make_unique<impl>(std::move(*address), std::move(routes), limits);
  if (auto listening = parts->listen(); !listening)
    return tl::unexpected(listening.error());
  parts->accept();
  parts->thread = std::thread([io = &parts->io] { io->run(); });
  return std::unique_ptr<control_server>(new control_server(std::move(parts)));
}

void control_server::stop() {
  if (!impl_->thread.joinable())
    return;
  ::unlink(impl_->address.path().c_str()); // Nobody new finds us; those connected are answered.
  asio::post(impl_->io, [parts = impl_.get()] { parts->drain(); });
  impl_->thread.join();
  impl_->handlers.join();
}

control_server::control_server(std::unique_ptr<impl> parts) : impl_(std::move(parts)) {}

control_server::~control_server() {
  stop();
}

} // namespace laurel::api
