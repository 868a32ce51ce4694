// Sockets and threads: everything here talks bytes to the real server on a free port. The rows H1
// to H20 are known ways in which a listener of this kind has been hurt.

#include "tests/api/edge_world.hpp"

#include <sys/resource.h>
#include <vector>

using namespace laurel;
using namespace laurel::api;
using namespace laurel::tests;

namespace {

std::string posted(const std::string& head, const std::string& body = {}) {
  return "POST /things HTTP/1.1\r\n" + host + good_key + head + "\r\n" + body;
}

std::size_t count_of(const std::string& text, const std::string& part) {
  std::size_t seen = 0;
  for (auto at = text.find(part); at != text.npos; at = text.find(part, at + 1))
    ++seen;
  return seen;
}

} // namespace

TEST_SUITE("edge server") {
  TEST_CASE("H1, H2: chunk sizes that overflow are refused, and the server goes on") {
    edge_world w;
    const std::string chunked = "Transfer-Encoding: chunked\r\n";

    for (const auto* const size : {"-1", "zz", "+5", "0x5", "5 ", ""})
      CHECK_MESSAGE(w.ask(posted(chunked, std::string(size) + "\r\nhello\r\n0\r\n\r\n"))
                      .starts_with("HTTP/1.1 400"),
                    size);
    for (const auto* const size : {"7fffffff", "80000000", "fffffffffffffff"})
      CHECK_MESSAGE(
        w.ask(posted(chunked, std::string(size) + "\r\nhello")).starts_with("HTTP/1.1 413"), size);
    CHECK(w.ask(posted(chunked, "ffffffffffffffffff\r\nhello")).starts_with("HTTP/1.1 400"));
    CHECK(w.ask(posted(chunked, "5\r\nhello\r\n0\r\n\r\n")).find("5 bytes") != std::string::npos);
    CHECK(w.is_alive());
  }

  TEST_CASE("H3, H17: what two readers could take differently is no request") {
    edge_world w;
    const std::string get = "GET /open HTTP/1.1\r\n";

    for (const auto& bytes : std::vector<std::string>{
           posted("Content-Length: -1\r\n"),
           posted("Content-Length: 18446744073709551616\r\n"),
           posted("Content-Length: 3\r\nContent-Length: 3\r\n", "abc"),
           posted("Content-Length: 3\r\nContent-Length: 4\r\n", "abcd"),
           posted("Content-Length: 3, 3\r\n", "abc"),
           posted("Content-Length : 3\r\n", "abc"),
           posted("Content-Length: 3\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"),
           posted("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n"),
           posted("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"),
           posted("Transfer-Encoding: xchunked\r\n", "0\r\n\r\n"),
           std::string("POST /things HTTP/1.0\r\n") + host + good_key
             + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
           get + "\r\n",
           get + host + host + "\r\n",
           get + "Host: a b\r\n\r\n",
           get + "Host: a/b\r\n\r\n",
           std::string("GET /open HTTP/9.9\r\n") + host + "\r\n",
           std::string("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
           get + host + "X\x01: 1\r\n\r\n",
           get + host + "X: a\x01\r\n\r\n",
           get + host + std::string("X: \0\r\n\r\n", 8),
           std::string("GET /open\r\n\r\n"),
           std::string("nonsense\r\n\r\n"),
           std::string("GET http://laurel/open HTTP/1.1\r\n") + host + "\r\n",
           std::string("GET open HTTP/1.1\r\n") + host + "\r\n",
           std::string("GET /open#x HTTP/1.1\r\n") + host + "\r\n",
           std::string("GET /open?%zz HTTP/1.1\r\n") + host + "\r\n"}) {
      const auto answer = w.ask(bytes);
      CHECK_MESSAGE(answer.starts_with("HTTP/1.1 400"), bytes, " -> ", answer);
      CHECK_MESSAGE(answer.find("connection: close") != std::string::npos, bytes);
    }
    CHECK(w.ask(get + "Host: [::1]:8080\r\n\r\n").starts_with("HTTP/1.1 200"));
    CHECK(w.is_alive());
  }

  TEST_CASE("H3: a request hidden in the body of a refused one is never read") {
    edge_world w;
    const auto hidden = "GET /open HTTP/1.1\r\n" + host + "\r\n";

    const auto answer = w.ask(posted("Content-Length: " + std::to_string(hidden.size())
                                       + "\r\nTransfer-Encoding: chunked\r\n",
                                     "0\r\n\r\n" + hidden));

    CHECK(count_of(answer, "\r\ndate: ") == 1);
  }

  TEST_CASE("H4: who is slow with the head, the body, or between requests is let go") {
    edge_settings settings;
    settings.limits.head_timeout = std::chrono::milliseconds(60);
    settings.limits.idle_timeout = std::chrono::milliseconds(60);
    settings.limits.body_timeout = std::chrono::milliseconds(60);
    edge_world w(settings);
    raw_client silent(w.server->port());
    raw_client half(w.server->port());
    raw_client stalled(w.server->port());
    raw_client idle(w.server->port());

    half.send("GET /open HTTP/1.1\r\nHo");
    stalled.send(posted("Content-Length: 100000\r\n", "abc"));
    idle.send("GET /open HTTP/1.1\r\n" + host + "\r\n");

    CHECK(silent.receive().empty());
    CHECK(half.receive().empty());
    CHECK(stalled.receive().empty());
    CHECK(idle.receive().ends_with("open"));
    CHECK(w.is_alive());
  }

  TEST_CASE("H4: a body that trickles below the least rate is cut off, a steady one is not") {
    edge_settings settings;
    settings.limits.body_timeout = std::chrono::milliseconds(100);
    settings.limits.body_bytes_per_second_min = 1'000;
    edge_world w(settings);
    raw_client trickle(w.server->port());
    raw_client steady(w.server->port());

    trickle.send(posted("Content-Length: 100000\r\n"));
    while (trickle.send("x")) // Ends when the server has gone.
      ::poll(nullptr, 0, 5);
    steady.send(posted("Content-Length: 500000\r\n", std::string(250'000, 'x')));
    ::poll(nullptr, 0, 150); // Longer than the timeout, but it had brought enough.
    steady.send(std::string(250'000, 'x'));

    CHECK(steady.receive("bytes").find("500000 bytes") != std::string::npos);
  }

  TEST_CASE("H5: heads are bounded in bytes, in fields and in the length of each") {
    edge_world w;
    std::string many;
    for (int i = 0; i < 70; ++i)
      many += "X-" + std::to_string(i) + ": 1\r\n";

    CHECK(w.ask("GET /open HTTP/1.1\r\n" + host + "X: " + std::string(20'000, 'x') + "\r\n\r\n")
            .starts_with("HTTP/1.1 431"));
    CHECK(w.ask("GET /open HTTP/1.1\r\n" + host + "X: " + std::string(5'000, 'x') + "\r\n\r\n")
            .starts_with("HTTP/1.1 431"));
    CHECK(w.ask("GET /open HTTP/1.1\r\n" + host + many + "\r\n").starts_with("HTTP/1.1 431"));
    CHECK(w.ask("GET /" + std::string(5'000, 'x') + " HTTP/1.1\r\n" + host + "\r\n")
            .starts_with("HTTP/1.1 414"));
    raw_client endless(w.server->port());
    while (endless.send(std::string(1'000, 'x'))) // Not one line end, for ever.
      ;
    CHECK(w.is_alive());
  }

  TEST_CASE("H6: a body too large, or of somebody unknown, is refused before it comes") {
    edge_world w;
    raw_client large(w.server->port());
    raw_client unknown(w.server->port());

    large.send(posted("Content-Length: 1000001\r\n"));
    unknown.send("POST /things HTTP/1.1\r\n" + host + "Content-Length: 1000\r\n\r\n");

    CHECK(large.receive("\r\n\r\n").starts_with("HTTP/1.1 413"));
    CHECK(unknown.receive("\r\n\r\n").starts_with("HTTP/1.1 401"));
  }

  TEST_CASE("H6: all bodies together are bounded") {
    edge_settings settings;
    settings.limits.body_bytes_total_max = 1'500'000;
    edge_world w(settings);
    raw_client first(w.server->port());
    first.send(posted("Content-Length: 1000000\r\n"));
    raw_client second(w.server->port());

    // The first is only known to be in when a second one is not.
    std::string answer;
    for (int i = 0; i < 1'000 && !answer.starts_with("HTTP/1.1 503"); ++i)
      answer = w.ask(posted("Content-Length: 600000\r\n"));

    CHECK(answer.starts_with("HTTP/1.1 503"));
    CHECK(answer.find("retry-after: ") != std::string::npos);
    first.send(std::string(1'000'000, 'x'));
    CHECK(first.receive("bytes").find("1000000 bytes") != std::string::npos);
  }

  TEST_CASE("H7: who waits for 100 Continue is told to go on, or refused at once") {
    edge_world w;
    raw_client waits(w.server->port());
    waits.send(posted("Expect: 100-continue\r\nContent-Length: 3\r\n"));

    CHECK(waits.receive("\r\n\r\n").starts_with("HTTP/1.1 100"));
    waits.send("abc");
    CHECK(waits.receive("3 bytes").starts_with("HTTP/1.1 200"));
    CHECK(
      w.ask(posted("Expect: the-impossible\r\nContent-Length: 3\r\n")).starts_with("HTTP/1.1 417"));
    CHECK(w.ask("POST /things HTTP/1.1\r\n" + host
                + "Expect: 100-continue\r\nContent-Length: 3\r\n\r\n")
            .starts_with("HTTP/1.1 401"));
  }

  TEST_CASE("H8: pipelined requests are all answered, in order, HEAD without a body") {
    edge_world w;
    const auto of = [](const std::string& verb, const std::string& path) {
      return verb + " " + path + " HTTP/1.1\r\n" + host + good_key + "\r\n";
    };

    const auto answer = w.ask(of("GET", "/users/first") + of("HEAD", "/users/second")
                              + posted("Content-Length: 3\r\n", "abc") + of("GET", "/users/third"));

    CHECK(count_of(answer, "HTTP/1.1 200") == 4);
    CHECK(answer.find("first") < answer.find("3 bytes"));
    CHECK(answer.find("3 bytes") < answer.find("third"));
    CHECK(answer.find("second") == std::string::npos);
  }

  TEST_CASE("H9: a head in pieces, with bytes that are no ASCII, is read whole") {
    edge_world w;
    raw_client pieces(w.server->port());

    for (const auto* const piece :
         {"GET /open HT", "TP/1.1\r\nHost: l\r", "\nX: \xff\xfe", "\xc3\xa9\r\n", "\r", "\n"})
      pieces.send(piece);

    CHECK(pieces.receive("open").starts_with("HTTP/1.1 200"));
  }

  TEST_CASE("H13: connections are bounded, altogether and by address, and room comes back") {
    edge_settings settings;
    settings.limits.connections_per_ip_max = 2;
    edge_world w(settings);
    {
      raw_client first(w.server->port());
      raw_client second(w.server->port());
      for (auto* client : {&first, &second}) {
        client->send("GET /open HTTP/1.1\r\n" + host + "\r\n");
        CHECK(client->receive("open").starts_with("HTTP/1.1 200"));
      }
      CHECK(w.ask("GET /open HTTP/1.1\r\n" + host + "\r\n").empty());
    }
    bool is_served = false;
    for (int attempt = 0; attempt < 10'000 && !is_served; ++attempt)
      is_served = w.is_alive();
    CHECK(is_served);
    CHECK(w.server->counters().turned_away > 0);
  }

  TEST_CASE("H13: without file descriptors it waits, and goes on when there are some") {
    edge_world w;
    rlimit before{};
    REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);
    std::vector<std::unique_ptr<raw_client>> idle;
    const int next = ::dup(0);
    REQUIRE(next >= 0);
    ::close(next);
    auto few = before;
    few.rlim_cur = static_cast<rlim_t>(next) + 1; // One more: for our end of a connection.

    REQUIRE(::setrlimit(RLIMIT_NOFILE, &few) == 0);
    idle.push_back(std::make_unique<raw_client>(w.server->port()));
    bool was_seen = false;
    for (int i = 0; i < 2'000 && !was_seen; ++i) {
      was_seen = w.server->counters().accept_faults > 0;
      ::poll(nullptr, 0, 5);
    }
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &before) == 0);

    CHECK(was_seen);
    CHECK(w.server->counters().accept_faults < 1'000); // It does not spin.
    CHECK(w.is_alive());
  }

  TEST_CASE("H15: there is one spelling of a path and of a method") {
    edge_world w;
    const auto ask = [&](const std::string& line) {
      return w.ask(line + " HTTP/1.1\r\n" + host + good_key + "\r\n").substr(9, 3);
    };

    CHECK(ask("GET /users/ada") == "200");
    CHECK(ask("GET /users%2Fada") == "400");
    CHECK(ask("GET /users%2fada") == "400");
    CHECK(ask("GET /users/%5Cada") == "400");
    CHECK(ask("GET /users/a%00") == "400");
    CHECK(ask("GET /users/..") == "400");
    CHECK(ask("GET /users/%2e%2e") == "400");
    CHECK(ask("GET //users/ada") == "400");
    CHECK(ask("GET /users/ada/") == "400");
    CHECK(ask("GET /USERS/ada") == "404");
    CHECK(ask("get /users/ada") == "405");
    CHECK(ask("TRACE /users/ada") == "405");
    CHECK(ask("FOO /users/ada") == "405");
    CHECK(ask("POST /users/ada") == "405");
  }

  TEST_CASE("H20: every answer is dated and hardened, and HEAD has no body") {
    edge_world w;

    const auto good = w.ask("GET /open HTTP/1.1\r\n" + host + "\r\n");
    const auto bad = w.ask("nonsense\r\n\r\n");
    const auto head = w.ask("HEAD /open HTTP/1.1\r\n" + host + "\r\n");

    for (const auto& answer : {good, bad, head}) {
      CHECK(answer.find("\r\ndate: ") != std::string::npos);
      CHECK(answer.find("\r\nx-content-type-options: nosniff\r\n") != std::string::npos);
      CHECK(answer.find("\r\nx-frame-options: DENY\r\n") != std::string::npos);
      CHECK(answer.find("\r\nx-xss-protection: 0\r\n") != std::string::npos);
      CHECK(answer.find("\r\ncontent-security-policy: default-src 'none'") != std::string::npos);
      CHECK(answer.find("server:") == std::string::npos);
    }
    CHECK(head.find("content-length: 4\r\n") != std::string::npos);
    CHECK(head.ends_with("\r\n\r\n"));
  }

  TEST_CASE("a trace goes on to the handler with the span that the answer names") {
    edge_world w;
    const std::string trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    const auto answer = w.ask(posted("traceparent: " + trace + "\r\nContent-Length: 1\r\n", "x"));

    CHECK(w.last_trace.substr(0, 36) == trace.substr(0, 36));
    CHECK(w.last_trace != trace);
    CHECK(answer.find("traceparent: " + w.last_trace + "\r\n") != std::string::npos);
    CHECK(w.ask(posted("Content-Length: 1\r\n", "x")).find("traceparent: ") == std::string::npos);
    CHECK(w.last_trace.empty());
  }

  TEST_CASE("a handler that throws is answered without its insides") {
    edge_world w;

    const auto answer = w.ask("GET /broken HTTP/1.1\r\n" + host + good_key + "\r\n");

    CHECK(answer.starts_with("HTTP/1.1 500"));
    CHECK(answer.find("secret insides") == std::string::npos);
    CHECK(w.is_alive());
  }
}
