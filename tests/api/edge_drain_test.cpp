// Sockets and threads: what the edge does with requests under way, when there are many and at the
// end.

#include "tests/api/edge_world.hpp"

#include <future>

using namespace laurel;
using namespace laurel::api;
using namespace laurel::tests;

TEST_SUITE("edge server, under way") {
  TEST_CASE("requests under way are bounded, for one caller and for all") {
    edge_settings settings;
    settings.limits.in_flight_max = 2;
    settings.limits.in_flight_per_caller_max = 1;
    edge_world w(settings);
    const auto slow = "GET /slow HTTP/1.1\r\n" + host + good_key + "\r\n";
    const auto poor = "GET /slow HTTP/1.1\r\n" + host + "X-API-Key: poor\r\n\r\n";
    raw_client first(w.server->port());
    first.send(slow);
    w.entered.acquire();

    const auto again = w.ask(slow);
    raw_client second(w.server->port());
    second.send(poor);
    w.entered.acquire();
    const auto full = w.ask("GET /open HTTP/1.1\r\n" + host + "\r\n");
    w.go_on.release(2);

    CHECK(again.starts_with("HTTP/1.1 429"));
    CHECK(full.starts_with("HTTP/1.1 503"));
    CHECK(first.receive("done").starts_with("HTTP/1.1 200"));
    CHECK(second.receive("done").starts_with("HTTP/1.1 200"));
    CHECK(w.is_alive());
  }

  TEST_CASE("a stop answers what is under way, and what the kernel has accepted") {
    edge_world w;
    const auto port = w.server->port();
    raw_client busy(port);
    busy.send("GET /slow HTTP/1.1\r\n" + host + good_key + "\r\n");
    w.entered.acquire();
    raw_client idle(port);
    raw_client sent(port);
    sent.send("GET /open HTTP/1.1\r\n" + host + "\r\n");

    auto stopped = std::async(std::launch::async, [&] { w.server->stop(); });
    CHECK(idle.receive().empty());
    CHECK(sent.receive().ends_with("open"));
    w.go_on.release();

    const auto answer = busy.receive();
    CHECK(answer.ends_with("done"));
    CHECK(answer.find("connection: close") != std::string::npos);
    stopped.get();
  }

  TEST_CASE("an address that is taken is refused by name") {
    edge_world w;
    edge_settings same;
    same.port = w.server->port();

    const auto second = edge_server::start(
      {std::make_shared<const router>(std::vector<route>{}), same, nullptr, nullptr});

    REQUIRE_FALSE(second.has_value());
    CHECK(second.error().code == schemas::errc::refused);
    CHECK(second.error().message.find(std::to_string(same.port)) != std::string::npos);
  }
}
