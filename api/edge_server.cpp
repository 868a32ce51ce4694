#include "api/edge_server.hpp"

#include "api/edge_session.hpp"
#include "api/tls_context.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <filesystem>
#include <map>
#include <set>
#include <thread>
#include <utility>

namespace laurel::api {

namespace {

namespace asio = boost::asio;
using tcp = asio::ip::tcp;
using error_code = boost::system::error_code;
using schemas::errc;
using schemas::failure;

constexpr std::chrono::milliseconds accept_pause{100}; // After a failed accept (no descriptors).

std::filesystem::file_time_type changed_at(const std::filesystem::path& file) {
  std::error_code unknown;
  return std::filesystem::last_write_time(file, unknown);
}

} // namespace

/// Sessions and the acceptor belong to the one thread that runs `io`.
struct edge_server::impl {
  explicit impl(parts from)
      : given(std::move(from)),
        shared{given.routes,
               given.settings,
               {given.routes, given.settings.gate, given.keys},
               edge_counters(given.routes->table().size()),
               asio::thread_pool(given.settings.limits.read_threads),
               asio::thread_pool(given.settings.limits.append_threads),
               nullptr,
               {},
               0,
               {},
               0,
               0,
               false,
               0,
               {},
               [this](edge_session* gone) { on_gone(gone); }} {}

  schemas::result<void> listen();
  schemas::result<void> load_certificate();
  void accept();
  void on_accept(error_code fault, tcp::socket socket);
  void take_in(tcp::socket socket);
  void on_gone(edge_session* session);
  void watch_certificate();
  void check_certificate();
  void drain();
  void end_if_drained();

  // What a session refers to comes first, so that it outlives the sessions that `io` still holds.
  parts given;
  edge_session::shared shared;
  std::set<edge_session*> sessions;
  std::map<std::string, std::size_t> by_address;
  std::filesystem::file_time_type certificate_of;
  std::filesystem::file_time_type key_of;
  asio::io_context io{1};
  asio::executor_work_guard<asio::io_context::executor_type> work{io.get_executor()};
  tcp::acceptor acceptor{io};
  asio::steady_timer pause{io};
  asio::steady_timer renewal{io};
  asio::steady_timer deadline{io};
  std::thread thread;
  std::uint16_t port = 0;
};

schemas::result<void> edge_server::impl::load_certificate() {
  const auto& settings = given.settings;
  if (!settings.is_tls())
    return {};
  certificate_of = changed_at(settings.certificate);
  key_of = changed_at(settings.key);
  auto loaded = load_tls(settings.certificate, settings.key);
  if (!loaded)
    return tl::unexpected(loaded.error());
  shared.tls = std::move(*loaded);
  return {};
}

schemas::result<void> edge_server::impl::listen() {
  error_code fault;
  const auto address = asio::ip::make_address(given.settings.address, fault);
  const tcp::endpoint where(address, given.settings.port);
  if (!fault)
    acceptor.open(where.protocol(), fault);
  if (!fault)
    acceptor.set_option(tcp::acceptor::reuse_address(true), fault);
  if (!fault)
    acceptor.bind(where, fault);
  if (!fault)
    acceptor.listen(asio::socket_base::max_listen_connections, fault);
  if (fault)
    return failure(errc::refused, "cannot listen on " + given.settings.address + " port "
                                    + std::to_string(given.settings.port) + ": " + fault.message());
  port = acceptor.local_endpoint(fault).port();
  return {};
}

void edge_server::impl::accept() {
  acceptor.async_accept(
    [this](error_code fault, tcp::socket socket) { on_accept(fault, std::move(socket)); });
}

void edge_server::impl::on_accept(error_code fault, tcp::socket socket) {
  if (fault) {
    if (shared.is_draining)
      return;
    shared.counters.accept_faults.fetch_add(1, std::memory_order_relaxed);
    pause.expires_after(accept_pause);
    return pause.async_wait([this](error_code ended) {
      if (!ended && !shared.is_draining)
        accept();
    });
  }
  take_in(std::move(socket));
  if (!shared.is_draining)
    accept();
}

/// Beyond a limit the socket closes here: the caller sees the end of the stream and may come again.
void edge_server::impl::take_in(tcp::socket socket) {
  const auto& limits = given.settings.limits;
  error_code gone;
  const auto peer = socket.remote_endpoint(gone).address();
  if (gone)
    return;
  auto& from_there = by_address[limit_key(peer)];
  if (sessions.size() >= limits.connections_max || from_there >= limits.connections_per_ip_max) {
    shared.counters.turned_away.fetch_add(1, std::memory_order_relaxed);
    if (from_there == 0)
      by_address.erase(limit_key(peer));
    return;
  }
  ++from_there;
  auto session = std::make_shared<edge_session>(std::move(socket), peer, shared);
  sessions.insert(session.get());
  shared.counters.accepted.fetch_add(1, std::memory_order_relaxed);
  shared.counters.connections = sessions.size();
  session->run();
}

void edge_server::impl::on_gone(edge_session* session) {
  sessions.erase(session);
  shared.counters.connections = sessions.size();
  const auto from_there = by_address.find(limit_key(session->peer()));
  if (from_there != by_address.end() && --from_there->second == 0)
    by_address.erase(from_there);
  end_if_drained();
}

// -- certificates -------------------------------------------------------------------------------

void edge_server::impl::watch_certificate() {
  if (!given.settings.is_tls())
    return;
  renewal.expires_after(given.settings.certificate_check);
  renewal.async_wait([this](error_code ended) {
    if (ended)
      return;
    check_certificate();
    watch_certificate();
  });
}

/// A pair that cannot be used leaves the old one in place; the next change is looked at again.
void edge_server::impl::check_certificate() {
  const auto& settings = given.settings;
  if (!settings.is_tls()
      || (changed_at(settings.certificate) == certificate_of && changed_at(settings.key) == key_of))
    return;
  const auto loaded = load_certificate();
  if (given.journal == nullptr)
    return;
  if (loaded)
    given.journal->note(actors::severity::info, "new certificate",
                        {{"file", settings.certificate.string()}});
  else
    given.journal->note(actors::severity::error,
                        "new certificate cannot be used, the old one stays",
                        {{"reason", loaded.error().message}});
}

// -- the end --------------------------------------------------------------------------------------

void edge_server::impl::end_if_drained() {
  if (!shared.is_draining || !sessions.empty())
    return;
  deadline.cancel();
  work.reset();
}

void edge_server::impl::drain() {
  shared.is_draining = true;
  pause.cancel();
  renewal.cancel();
  // Connections that the kernel has accepted for us may carry requests already.
  error_code fault;
  acceptor.non_blocking(true, fault);
  while (!fault) {
    auto socket = acceptor.accept(fault);
    if (!fault)
      take_in(std::move(socket));
  }
  error_code ignored; // Closing what is already closed is no failure.
  acceptor.close(ignored);
  deadline.expires_after(given.settings.limits.drain_timeout);
  deadline.async_wait([this](error_code ended) {
    if (!ended)
      io.stop();
  });
  for (auto* session : std::set(sessions))
    session->drain();
  end_if_drained();
}

schemas::result<std::unique_ptr<edge_server>> edge_server::start(parts from) {
  auto made = std::make_unique<impl>(std::move(from));
  if (auto loaded = made->load_certificate(); !loaded)
    return tl::unexpected(loaded.error());
  if (auto listening = made->listen(); !listening)
    return tl::unexpected(listening.error());
  made->accept();
  made->watch_certificate();
  made->thread = std::thread([io = &made->io] { io->run(); });
  return std::unique_ptr<edge_server>(new edge_server(std::move(made)));
}

void edge_server::stop() {
  if (!impl_->thread.joinable())
    return;
  asio::post(impl_->io, [made = impl_.get()] { made->drain(); });
  impl_->thread.join();
  // Sessions that the deadline cut off end with `io`, when there is nothing left to tell.
  impl_->shared.on_gone = [](edge_session*) {};
  impl_->shared.readers.join();
  impl_->shared.appenders.join();
}

void edge_server::check_certificate() {
  asio::post(impl_->io, [made = impl_.get()] { made->check_certificate(); });
}

std::uint16_t edge_server::port() const {
  return impl_->port;
}

const edge_counters& edge_server::counters() const {
  return impl_->shared.counters;
}

const std::vector<route>& edge_server::table() const {
  return impl_->given.routes->table();
}

edge_server::edge_server(std::unique_ptr<impl> made) : impl_(std::move(made)) {}

edge_server::~edge_server() {
  stop();
}

} // namespace laurel::api
