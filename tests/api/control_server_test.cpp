// Sockets and threads: everything here runs the real server over a socket in a temporary directory.

#include "api/catalogue_desk.hpp"
#include "api/control_client.hpp"
#include "api/control_server.hpp"
#include "api/documents.hpp"
#include "api/remote_gateway.hpp"
#include "api/routes.hpp"

#include "tests/api/fake_gateway.hpp"
#include "tests/api/fake_rule_desk.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <future>
#include <semaphore>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <thread>
#include <unistd.h>

using namespace laurel;
using namespace laurel::api;

namespace {

class temp_dir {
public:
  temp_dir() {
    std::string pattern = (std::filesystem::temp_directory_path() / "laurel-XXXXXX").string();
    REQUIRE(::mkdtemp(pattern.data()) != nullptr);
    path = pattern;
  }
  ~temp_dir() { std::filesystem::remove_all(path); }
  std::filesystem::path path;
};

/// A server over a fake pipeline, and a route that waits until it is let go.
struct world {
  temp_dir directory;
  tests::fake_gateway engine;
  std::binary_semaphore entered{0};
  std::binary_semaphore go_on{0};
  std::unique_ptr<control_server> server;

  explicit world(const server_limits& limits = {}) {
    auto table = v1_routes(engine);
    table.push_back({method::get, "/slow", 0, [this](const request&, const path_values&) {
                       entered.release();
                       go_on.acquire();
                       response answer;
                       answer.body = "done";
                       return answer;
                     }});
    auto started = control_server::start(directory.path,
                                         std::make_shared<const router>(std::move(table)), limits);
    REQUIRE(started.has_value());
    server = std::move(*started);
  }
};

/// Sends `bytes` as they are and returns all that comes back until the server ends the connection.
std::string raw(const std::filesystem::path& directory, const std::string& bytes) {
  const int socket = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  (directory / "control.sock").string().copy(address.sun_path, sizeof address.sun_path - 1);
  REQUIRE(::connect(socket, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  REQUIRE(::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL)
          == static_cast<ssize_t>(bytes.size()));
  ::shutdown(socket, SHUT_WR);
  std::string answer;
  char buffer[4096];
  for (ssize_t got = 0; (got = ::recv(socket, buffer, sizeof buffer, 0)) > 0;)
    answer.append(buffer, static_cast<std::size_t>(got));
  ::close(socket);
  return answer;
}

} // namespace

TEST_SUITE("control server") {
  TEST_CASE("a gateway over the socket answers like the one behind it") {
    world w;
    w.engine.users["a/\u2605 b"].user_id = "a/\u2605 b";
    w.engine.report.instance = "one";
    w.engine.catalog.push_back({"r", "v", "active", R"({"id":"r"})"});
    auto remote = remote_gateway::connect(w.directory.path);
    REQUIRE(remote.has_value());
    auto& engine = **remote;

    CHECK(engine.user("a/\u2605 b")->user_id == "a/\u2605 b");
    CHECK(engine.user("nobody").error().code == schemas::errc::not_found);
    CHECK(engine.status()->instance == "one");
    CHECK(engine.rules()->at(0).document == R"({"id":"r"})");
    CHECK(engine.publish_rule("{}")->changed);
    CHECK(engine.publish_rule("{bad}")->faults.size() == 2);
    CHECK(engine.retire_rule("r").has_value());
    CHECK(engine.retire_rule("x").error().code == schemas::errc::not_found);
    const std::vector<std::string> lines{"{1}", "{bad}", "{2}"};
    const auto outcome = engine.append_events(lines);
    REQUIRE(outcome.has_value());
    CHECK(outcome->appended == 2);
    CHECK(outcome->faults.at(0).line == 2);
  }

  TEST_CASE("the life of rules is asked over the socket as well") {
    world w;
    tests::fake_rule_desk desk;
    w.engine.life = &desk;
    w.engine.catalog.push_back({"r", "v", "active", R"({"id":"r"})", "v2"});
    auto remote = remote_gateway::connect(w.directory.path);
    REQUIRE(remote.has_value());
    auto& life = *(*remote)->rule_life();

    CHECK((*remote)->rules()->at(0).shadow == "v2");
    CHECK(life.publish("{}", rule_stage::shadow)->version == "v2-which-is-long");
    CHECK(life.publish("{bad}", rule_stage::draft)->faults.size() == 1);
    CHECK(desk.stages == std::vector<rule_stage>{rule_stage::shadow});
    CHECK(life.activate("r", "v7")->version == "v7");
    CHECK(life.activate("r", "")->version == "v2");
    CHECK(life.activate("x", "").error().code == schemas::errc::not_found);
    CHECK(life.roll_back("r")->version == "v1");
    REQUIRE(life.versions("r").has_value());
    CHECK(life.versions("r")->at(0).document == "{\"id\":\"r\"}");
    const auto trial = life.trial("r");
    REQUIRE(trial.has_value());
    CHECK(trial->badges.at(0).examples == std::vector<std::string>{"ada"});
    CHECK(trial->badges.at(0).users_ever == 2);
    CHECK(life.end_trial("r").has_value());
    CHECK(desk.trials_ended == 1);
    CHECK(life.end_trial("x").error().code == schemas::errc::not_found);
  }

  TEST_CASE("the catalogue is published and read over the socket as well") {
    class memory final : public catalogue_desk {
    public:
      schemas::result<catalogue_change> publish(const std::string& json) override {
        auto read = state::read_catalogue(json);
        all = read.entries;
        return catalogue_change{all.size(), 0, std::move(read.faults)};
      }
      schemas::result<std::vector<state::catalogue_entry>> entries() override { return all; }

      std::vector<state::catalogue_entry> all;
    };
    world w;
    memory desk;
    w.engine.badges = &desk;
    auto remote = remote_gateway::connect(w.directory.path);
    REQUIRE(remote.has_value());
    auto& catalogue = *(*remote)->catalogue();

    CHECK(catalogue.publish(R"({"badges":[{"id":"a/b","names":{"en":"A"}}]})")->written == 1);
    REQUIRE(catalogue.entries().has_value());
    CHECK(*catalogue.entries() == desk.all);
    CHECK(catalogue.publish(R"({"badges":[{"id":"a"}]})")->faults.size() == 1);
  }

  TEST_CASE("a process without a catalog says that rules cannot be tried") {
    world w;
    auto remote = remote_gateway::connect(w.directory.path);
    REQUIRE(remote.has_value());

    CHECK((*remote)->rule_life()->trial("r").error().code == schemas::errc::not_found);
    CHECK_FALSE((*remote)->rule_life()->publish("{}", rule_stage::shadow).has_value());
  }

  TEST_CASE("the socket is its owner's alone") {
    world w;
    struct stat facts {};

    REQUIRE(::stat((w.directory.path / "control.sock").c_str(), &facts) == 0);

    CHECK((facts.st_mode & 0777U) == 0600);
  }

  TEST_CASE("a socket that a dead process left is replaced, one that is answered is not") {
    temp_dir directory;
    const int left = ::socket(AF_UNIX, SOCK_STREAM, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    (directory.path / "control.sock").string().copy(address.sun_path, sizeof address.sun_path - 1);
    REQUIRE(::bind(left, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    ::close(left);
    const auto routes = std::make_shared<const router>(std::vector<route>{});

    const auto first = control_server::start(directory.path, routes);
    const auto second = control_server::start(directory.path, routes);

    CHECK(first.has_value());
    REQUIRE_FALSE(second.has_value());
    CHECK(second.error().code == schemas::errc::refused);
  }

  TEST_CASE("a directory with a name longer than a socket address works") {
    temp_dir parent;
    const auto deep = parent.path / std::string(100, 'x') / std::string(100, 'y');
    std::filesystem::create_directories(deep);
    tests::fake_gateway engine;
    engine.report.instance = "deep";

    const auto server =
      control_server::start(deep, std::make_shared<const router>(v1_routes(engine)));
    auto remote = remote_gateway::connect(deep);

    REQUIRE(server.has_value());
    REQUIRE(remote.has_value());
    CHECK((*remote)->status()->instance == "deep");
  }

  TEST_CASE("nobody listens: not found, whether the directory is there or not") {
    temp_dir directory;

    CHECK(control_client::connect(directory.path).error().code == schemas::errc::not_found);
    CHECK(control_client::connect("/nowhere").error().code == schemas::errc::not_found);
  }

  TEST_CASE("what is not plain HTTP is refused and the server goes on") {
    world w;
    const std::string host = "Host: laurel\r\n";
    const std::string good = "GET /api/v1/status HTTP/1.1\r\n" + host + "\r\n";

    for (const auto& bytes : std::vector<std::string>{
           "nonsense\r\n\r\n", "GET /api/v1/status HTTP/1.1\r\n\r\n",
           "GET /api/v1/status HTTP/1.1\r\n" + host + host + "\r\n",
           "GET http://laurel/ HTTP/1.1\r\n" + host + "\r\n",
           "TRACE /api/v1/status HTTP/1.1\r\n" + host + "\r\n",
           "POST /api/v1/events HTTP/1.1\r\n" + host + "Content-Length: -1\r\n\r\n",
           "POST /api/v1/events HTTP/1.1\r\n" + host
             + "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
           "POST /api/v1/events HTTP/1.1\r\n" + host
             + "Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
           "POST /api/v1/events HTTP/1.1\r\n" + host
             + "Transfer-Encoding: chunked\r\n\r\n-1\r\nx\r\n",
           "POST /api/v1/events HTTP/1.1\r\n" + host
             + "Transfer-Encoding: chunked\r\n\r\nzz\r\nx\r\n"}) {
      const auto answer = raw(w.directory.path, bytes);
      CHECK_MESSAGE(answer.starts_with("HTTP/1.1 400"), bytes, " -> ", answer);
    }
    CHECK(raw(w.directory.path, good).starts_with("HTTP/1.1 200"));
    CHECK(w.engine.batches == 0);
  }

  TEST_CASE("pipelined requests are answered in order, HEAD without a body") {
    world w;
    w.engine.report.instance = "one";
    const std::string rest = " /api/v1/status HTTP/1.1\r\nHost: laurel\r\n\r\n";

    const auto answer = raw(w.directory.path, "HEAD" + rest + "GET" + rest);

    const auto second = answer.find("HTTP/1.1 200", 1);
    REQUIRE(second != std::string::npos);
    CHECK(answer.substr(0, second).ends_with("\r\n\r\n"));
    CHECK(answer.find("\"one\"") > second);
  }

  TEST_CASE("a body beyond the route's limit is refused by its length alone, or while it comes") {
    world w;
    const auto size = std::to_string(events_bytes_max + 1);

    CHECK(raw(w.directory.path,
              "POST /api/v1/events HTTP/1.1\r\nHost: l\r\nContent-Length: " + size + "\r\n\r\n")
            .starts_with("HTTP/1.1 413"));
    CHECK(raw(w.directory.path, "POST /api/v1/rules HTTP/1.1\r\nHost: l\r\nTransfer-Encoding: "
                                "chunked\r\n\r\n50000\r\n")
            .starts_with("HTTP/1.1 413"));
    CHECK(raw(w.directory.path,
              "GET /x HTTP/1.1\r\nHost: l\r\nX: " + std::string(20'000, 'x') + "\r\n\r\n")
            .starts_with("HTTP/1.1 431"));
  }

  TEST_CASE("a client that waits for 100 Continue is told to go on") {
    world w;

    const auto answer = raw(w.directory.path, "POST /api/v1/events HTTP/1.1\r\nHost: l\r\nExpect: "
                                              "100-continue\r\nContent-Length: 3\r\n\r\n{1}");

    CHECK(answer.starts_with("HTTP/1.1 100"));
    CHECK(answer.find("\"appended\":1") != std::string::npos);
  }

  TEST_CASE("a stop answers the request that is under way and ends idle connections") {
    world w;
    auto idle = control_client::connect(w.directory.path);
    REQUIRE((*idle)->send({method::get, "/api/v1/status", {}, {}, {}}).has_value());
    auto answer = std::async(std::launch::async, [&] {
      auto client = control_client::connect(w.directory.path);
      return (*client)->send({method::get, "/slow", {}, {}, {}});
    });
    w.entered.acquire();

    auto stopped = std::async(std::launch::async, [&] { w.server->stop(); });
    CHECK(stopped.wait_for(std::chrono::milliseconds(50)) == std::future_status::timeout);
    w.go_on.release();

    CHECK(answer.get()->body == "done");
    stopped.get();
    CHECK_FALSE(std::filesystem::exists(w.directory.path / "control.sock"));
    CHECK_FALSE((*idle)->send({method::get, "/api/v1/status", {}, {}, {}}).has_value());
  }

  TEST_CASE("a slow handler delays nobody else") {
    world w;
    auto slow = std::async(std::launch::async, [&] {
      auto client = control_client::connect(w.directory.path);
      return (*client)->send({method::get, "/slow", {}, {}, {}});
    });
    w.entered.acquire();

    auto other = control_client::connect(w.directory.path);
    CHECK((*other)->send({method::get, "/api/v1/status", {}, {}, {}})->status == 200);

    w.go_on.release();
    CHECK(slow.get()->status == 200);
  }

  TEST_CASE("connections beyond the limit are closed, and there is room again afterwards") {
    server_limits limits;
    limits.connections_max = 1;
    world w(limits);
    {
      auto first = control_client::connect(w.directory.path);
      REQUIRE((*first)->send({method::get, "/api/v1/status", {}, {}, {}}).has_value());
      auto second = control_client::connect(w.directory.path);
      CHECK_FALSE((*second)->send({method::get, "/api/v1/status", {}, {}, {}}).has_value());
    }
    bool is_served = false;
    for (int attempt = 0; attempt < 1'000 && !is_served; ++attempt) {
      auto later = control_client::connect(w.directory.path);
      is_served = (*later)->send({method::get, "/api/v1/status", {}, {}, {}}).has_value();
    }
    CHECK(is_served);
  }
}
