// The edge over TLS: everything here talks to the real server with OpenSSL on the other side.

#include "tests/api/edge_world.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/write.hpp>

#include <cstdlib>
#include <filesystem>
#include <fstream>

using namespace laurel;
using namespace laurel::api;
using namespace laurel::tests;

namespace {

namespace asio = boost::asio;
namespace ssl = boost::asio::ssl;

/// A directory with a key and a certificate for `name`.
class identity {
public:
  explicit identity(const std::string& name) {
    std::string pattern = (std::filesystem::temp_directory_path() / "laurel-XXXXXX").string();
    REQUIRE(::mkdtemp(pattern.data()) != nullptr);
    directory = pattern;
    renew(name);
  }
  ~identity() { std::filesystem::remove_all(directory); }

  void renew(const std::string& name) const {
    const auto command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 "
                         "-nodes -days 2 -subj /CN="
                         + name + " -keyout " + key().string() + " -out " + certificate().string()
                         + " 2>/dev/null";
    REQUIRE(std::system(command.c_str()) == 0);
  }

  std::filesystem::path certificate() const { return directory / "cert.pem"; }
  std::filesystem::path key() const { return directory / "key.pem"; }
  edge_settings settings() const {
    edge_settings made;
    made.certificate = certificate();
    made.key = key();
    return made;
  }

  std::filesystem::path directory;
};

/// What a TLS client sees: the answer, the name in the certificate, and how the stream ended.
struct seen {
  std::string answer;
  std::string name;
  boost::system::error_code end;
  bool is_resumed = false;
};

class tls_client {
public:
  explicit tls_client(ssl::context::method method = ssl::context::tls_client) : context(method) {}

  seen ask(std::uint16_t port, const std::string& bytes, SSL_SESSION* earlier = nullptr) {
    seen got;
    ssl::stream<asio::ip::tcp::socket> stream(io, context);
    stream.lowest_layer().connect({asio::ip::address_v4::loopback(), port}, got.end);
    if (earlier != nullptr)
      SSL_set_session(stream.native_handle(), earlier);
    stream.handshake(ssl::stream_base::client, got.end);
    if (got.end)
      return got;
    auto* certificate = SSL_get1_peer_certificate(stream.native_handle());
    char name[256] = "";
    X509_NAME_oneline(X509_get_subject_name(certificate), name, sizeof name);
    X509_free(certificate);
    got.name = name;
    got.is_resumed = SSL_session_reused(stream.native_handle()) == 1;
    asio::write(stream, asio::buffer(bytes), got.end);
    asio::read(stream, asio::dynamic_buffer(got.answer), got.end);
    session.reset(SSL_get1_session(stream.native_handle()));
    boost::system::error_code ignored; // A stream that is not ended by both cannot be resumed.
    stream.shutdown(ignored);
    return got;
  }

  asio::io_context io;
  ssl::context context;
  std::unique_ptr<SSL_SESSION, decltype(&SSL_SESSION_free)> session{nullptr, SSL_SESSION_free};
};

const std::string last_get = "GET /open HTTP/1.1\r\nHost: l\r\nConnection: close\r\n\r\n";

} // namespace

TEST_SUITE("edge server over TLS") {
  TEST_CASE("H14: answers, ends the stream as TLS wants it, and resumes sessions") {
    const identity who("laurel-one");
    edge_world w(who.settings());
    tls_client client;

    const auto first = client.ask(w.server->port(), last_get);
    const auto again = client.ask(w.server->port(), last_get, client.session.get());

    CHECK(first.answer.starts_with("HTTP/1.1 200"));
    CHECK(first.answer.find("strict-transport-security: ") != std::string::npos);
    CHECK(first.end == asio::error::eof); // Not "stream truncated".
    CHECK_FALSE(first.is_resumed);
    CHECK(again.is_resumed);
  }

  TEST_CASE("H14: plain bytes, half handshakes and old versions harm nobody") {
    const identity who("laurel-one");
    auto settings = who.settings();
    settings.limits.handshake_timeout = std::chrono::milliseconds(100);
    edge_world w(settings);
    raw_client half(w.server->port());
    half.send("\x16\x03\x01\x02");
    tls_client old(ssl::context::tlsv11_client);
    SSL_CTX_set_security_level(old.context.native_handle(), 0);

    CHECK(exchange(w.server->port(), last_get).find("HTTP/1.1") == std::string::npos);
    CHECK(half.receive().empty());
    CHECK(old.ask(w.server->port(), last_get).answer.empty());
    CHECK(w.server->counters().handshake_faults >= 2);
    CHECK(tls_client().ask(w.server->port(), last_get).answer.starts_with("HTTP/1.1 200"));
  }

  TEST_CASE("TLS 1.2 gets forward secrecy or nothing") {
    const identity who("laurel-one");
    edge_world w(who.settings());
    tls_client good(ssl::context::tlsv12_client);
    tls_client weak(ssl::context::tlsv12_client);
    SSL_CTX_set_cipher_list(weak.context.native_handle(), "AES128-SHA:ECDHE-ECDSA-AES128-SHA");

    CHECK(good.ask(w.server->port(), last_get).answer.starts_with("HTTP/1.1 200"));
    CHECK(weak.ask(w.server->port(), last_get).answer.empty());
  }

  TEST_CASE("a new certificate is taken without a restart, one that is broken is not") {
    const identity who("laurel-one");
    edge_world w(who.settings());
    const auto name = [&] { return tls_client().ask(w.server->port(), last_get).name; };
    CHECK(name().find("laurel-one") != std::string::npos);

    std::ofstream(who.certificate()) << "rubbish";
    w.server->check_certificate();
    CHECK(name().find("laurel-one") != std::string::npos);

    who.renew("laurel-two");
    w.server->check_certificate();
    CHECK(name().find("laurel-two") != std::string::npos);
  }

  TEST_CASE("a certificate that is not there, or of another key, is refused at the start") {
    const identity one("laurel-one");
    const identity two("laurel-two");
    auto settings = one.settings();
    const auto start = [&] {
      return edge_server::start(
        {std::make_shared<const router>(std::vector<route>{}), settings, nullptr, nullptr});
    };

    settings.key = two.key();
    CHECK(start().error().code == schemas::errc::bad_setting);
    settings.certificate = one.directory / "nowhere.pem";
    CHECK(start().error().message.find("nowhere.pem") != std::string::npos);
  }
}
