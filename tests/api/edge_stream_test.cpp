// Sockets and threads: streams through the real server on a free port.

#include "api/event_stream.hpp"

#include "tests/api/edge_world.hpp"

#include <atomic>
#include <future>
#include <mutex>

using namespace laurel;
using namespace laurel::api;
using namespace laurel::tests;

namespace {

/// Tells what it is given, and ends when it is told to.
class fed_stream final : public event_stream {
public:
  std::optional<std::string> next() override {
    const std::lock_guard lock{mutex};
    if (is_over)
      return std::nullopt;
    return std::exchange(news, {});
  }
  const std::string& owner() const override { return owner_; }

  void tell(const std::string& text) {
    const std::lock_guard lock{mutex};
    news += text;
  }
  void end() {
    const std::lock_guard lock{mutex};
    is_over = true;
  }

private:
  std::mutex mutex;
  std::string news;
  bool is_over = false;
  std::string owner_ = "kid";
};

constexpr std::array stream_table{
  route_row{.operation = "watch", .pattern = "/watch", .who = entry::open, .cost = 0}};

struct stream_world {
  std::shared_ptr<fed_stream> source = std::make_shared<fed_stream>();
  std::unique_ptr<edge_server> server;

  explicit stream_world(edge_settings settings = {}) {
    settings.limits.stream_interval = std::chrono::milliseconds(10);
    handlers with;
    with["watch"] = [this](const request&, const path_values&) {
      response answer;
      answer.content_type = "text/event-stream";
      answer.stream = source;
      return answer;
    };
    auto joined = join_routes(stream_table, surface::edge, with);
    auto started = edge_server::start(
      {std::make_shared<const router>(std::move(*joined)), settings, nullptr, nullptr});
    REQUIRE(started.has_value());
    server = std::move(*started);
  }

  /// Waits for the server to count so many streams.
  bool has_streams(std::uint64_t wanted) const {
    for (int i = 0; i < 4'000 && server->counters().streams != wanted; ++i)
      ::poll(nullptr, 0, 5);
    return server->counters().streams == wanted;
  }
};

const std::string watching = "GET /watch HTTP/1.1\r\nHost: l\r\n\r\n";

} // namespace

TEST_SUITE("edge streams") {
  TEST_CASE("news come as they are told, until the source ends") {
    stream_world w;
    raw_client client(w.server->port());
    client.send(watching);
    const auto head = client.receive("\r\n\r\n");
    CHECK(head.find("content-type: text/event-stream\r\n") != std::string::npos);
    CHECK(head.find("content-length") == std::string::npos);

    w.source->tell("data: 1\n\n");
    CHECK(client.receive("\n\n") == "data: 1\n\n");
    w.source->tell("data: 2\n\n");
    CHECK(client.receive("\n\n") == "data: 2\n\n");
    w.source->end();
    CHECK(client.receive().empty());
  }

  TEST_CASE("a silence is broken now and then, so that nobody takes the connection for dead") {
    edge_settings settings;
    settings.limits.stream_heartbeat = std::chrono::milliseconds(20);
    stream_world w(settings);
    raw_client client(w.server->port());
    client.send(watching);
    client.receive("\r\n\r\n");

    CHECK(client.receive(":\n\n:\n\n").starts_with(":\n\n"));
  }

  TEST_CASE("a client that goes is noticed, and there is room for another") {
    edge_settings settings;
    settings.limits.streams_per_caller_max = 1;
    stream_world w(settings);
    {
      raw_client first(w.server->port());
      first.send(watching);
      first.receive("\r\n\r\n");
      CHECK(exchange(w.server->port(), watching).starts_with("HTTP/1.1 429"));
    }
    CHECK(w.has_streams(0));
    raw_client second(w.server->port());
    second.send(watching);
    CHECK(second.receive("\r\n\r\n").starts_with("HTTP/1.1 200"));
  }

  TEST_CASE("a stop ends the streams at once") {
    stream_world w;
    raw_client client(w.server->port());
    client.send(watching);
    client.receive("\r\n\r\n");

    w.server->stop();

    CHECK(client.receive().empty());
  }
}
